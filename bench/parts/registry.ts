import * as v from 'valibot';
import type { Measure } from '../answering.ts';
import { benchSecret, reportEvent } from '../events.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import { scaled, warmUpsOf, type Part } from '../part.ts';
import { assumed, prices, totalOf } from '../price.ts';
import { startCold, startInstances, startServer } from '../processes.ts';
import {
  devicesPricePerMillion,
  itemBytesOf,
  reportsPricePerMillion,
  requestsPricePerMillion,
  type Item,
} from '../registry-price.ts';
import { figureOf, inRounds, median, type Measures } from '../statistics.ts';

/** In one round. */
const reports = 200;

const itemShape = v.record(v.string(), v.union([v.object({ S: v.string() }), v.object({ N: v.string() })]));

/** Devices of an account, on average: a phone, and a tablet or a second phone. */
const devicesPerAccount = 2;

export const registry: Part = {
  name: 'registry',
  title: 'Registry: CPU of a report, and dollars for a million reports and devices',
  async run({ effort }) {
    const dynamoDb = await startServer('dynamodb');
    const environment = lambdaEnvironment('', {
      AWS_ENDPOINT_URL_DYNAMODB: `https://127.0.0.1:${String(dynamoDb.port)}`,
      REPORT_SECRET: benchSecret,
    });
    const instances = await startInstances(['devices'], environment);
    const measures: Measures<Measure> = new Map();
    let accounts = 0;
    /** New devices and then, of the same accounts, unchanged ones. */
    const report = (device: string) => {
      if (device === 'new') accounts += reports;
      const events = Array.from({ length: reports }, (_, index) => reportEvent(`account-${String(accounts + index)}`));
      return instances.ask('devices', { kind: 'events', events });
    };
    const kinds = ['new', 'unchanged'] as const;
    // Backwards, the unchanged ones would not be registered yet.
    const round = async (into?: Measures<Measure>) => {
      for (const kind of kinds) await inRounds(1, [kind], report, into);
    };
    for (let warmUp = 0; warmUp < warmUpsOf(10, effort); warmUp += 1) await round();
    for (let count = 0; count < scaled(20, effort); count += 1) await round(measures);
    const cold = await startCold('devices', environment, reportEvent('account-of-a-new-instance'));
    const item: Item = v.parse(itemShape, await dynamoDb.ask('item'));
    await Promise.all([instances.stop(), dynamoDb.stop()]);

    const cpuMs = (kind: string) => measures.get(kind)?.map((measure) => measure.cpuMs / reports) ?? [];
    const accountBytes = devicesPerAccount * itemBytesOf(item);
    const usage = {
      accountBytes,
      ...{ initMs: cold.ready.ms, newInstances: 0.01, answerBytes: cold.answerBytes, logBytes: cold.logBytes },
    };
    const termsOf = {
      unchanged: reportsPricePerMillion({ ...usage, device: 'unchanged', cpuMs: median(cpuMs('unchanged')) }),
      'written, once a day': reportsPricePerMillion({ ...usage, device: 'seen', cpuMs: median(cpuMs('new')) }),
      'of a new device': reportsPricePerMillion({ ...usage, device: 'new', cpuMs: median(cpuMs('new')) }),
    };
    const requests = requestsPricePerMillion(256, accountBytes);
    const devices = devicesPricePerMillion(item);
    const written = totalOf(termsOf['written, once a day']);
    const of = (contender: string, measure: string, unit: string, value: number) =>
      figureOf(contender, measure, unit, [value]);
    return {
      figures: [
        ...kinds.map((kind) => figureOf(`report, ${kind}`, 'CPU', 'ms', cpuMs(kind))),
        of('item of a device', 'size', 'bytes', itemBytesOf(item)),
        ...Object.entries(termsOf).flatMap(([kind, terms]) =>
          Object.entries({ ...terms, 'in all': totalOf(terms) }).map(([term, dollars]) =>
            of(`report, ${kind}`, term, '$/M', dollars),
          ),
        ),
        of('account push, beside its pushes', 'in all', '$/M', totalOf(requests.account)),
        of('request with an Idempotency-Key, in addition', 'in all', '$/M', totalOf(requests.idempotent)),
        of('million devices', 'storage', '$ a month', devices.storage),
        of('million devices', 'recovery', '$ a month', devices.recovery),
        of('million devices', 'one report a day each', '$ a month', 30.4 * written),
        of('million devices', 'read for a sweep', '$', devices.scan),
      ],
      goals: [{ goal: 'unchanged report, $/M', value: totalOf(termsOf.unchanged), atMost: 1.75 }],
      notes: [
        `Prices of ${prices.asOf}, ${prices.region}, beyond the free tiers.`,
        'Measured: CPU of a report at one full vCPU, time until ready, and the bytes of the item, the answer and the log.',
        `Assumed: DynamoDB answers in ${String(assumed.dynamoDbWaitMs)} ms, an account has ${String(devicesPerAccount)} devices, and 1 % of the invocations start an instance.`,
      ],
    };
  },
};
