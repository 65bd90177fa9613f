import { pushEvent, queuedPushes, randomForm } from '../events.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import type { Part, PartOptions } from '../part.ts';
import { assumed, pricePerMillion, prices, totalOf, type Usage } from '../price.ts';
import { startCold, startServer } from '../processes.ts';
import { figureOf } from '../statistics.ts';
import { acceptWarm } from './accept-warm.ts';
import { deliver } from './deliver.ts';
import { sweep } from './sweep.ts';

/** The first as in `serverless.yml`. */
const acceptMemoriesMb = [256, 512, 1024, 1769] as const;

const cases = [
  { name: 'single requests, as deployed (batches of 10)', source: 'accept', batchRecords: 10 },
  { name: 'single requests under load (batches of 100)', source: 'accept', batchRecords: 100 },
  { name: 'sweep (batches of 1000)', source: 'sweep', batchRecords: 1000 },
] as const;

export const price: Part = {
  name: 'price',
  title: 'Price: dollars for a million pushes',
  async run(options) {
    const acceptCpuMs = (await measuredOf(acceptWarm, options, 'accept', 'CPU', 'µs')) / 1000;
    const deliverCpuMs = (await measuredOf(deliver, options, 'deliver', '100 at 20 ms: CPU a push', 'µs')) / 1000;
    const sweepCpuMs = (await measuredOf(sweep, options, 'sweep', 'CPU', 'µs a device of the longest list')) / 1000;
    const [sqs, gateway] = await Promise.all([startServer('sqs'), startServer('gateway')]);
    const environment = lambdaEnvironment(`https://127.0.0.1:${String(sqs.port)}`, {
      PNM2_URL: `http://127.0.0.1:${String(gateway.port)}/0`,
    });
    const logBytesOf = async (name: string, event: object) => (await startCold(name, environment, event)).logBytes;
    const acceptLogBytes = await logBytesOf('accept', pushEvent(randomForm()));

    const figures = [];
    const totals: number[] = [];
    for (const { name, source, batchRecords } of cases) {
      const { event, forms } = queuedPushes(batchRecords, Date.now());
      const deliverLogBytesPerBatch = await logBytesOf('deliver', event);
      for (const acceptMemoryMb of acceptMemoriesMb) {
        const usage: Usage = {
          ...{ source, acceptCpuMs, acceptMemoryMb, acceptLogBytes, sweepCpuMs, deliverCpuMs, batchRecords },
          deliverLogBytesPerBatch,
          messageBytes: event.Records[0]?.body.length ?? NaN,
          formBytes: forms[0]?.length ?? NaN,
        };
        const terms = pricePerMillion(usage);
        const total = totalOf(terms);
        if (acceptMemoryMb === acceptMemoriesMb[0]) {
          totals.push(total);
          for (const [term, dollars] of Object.entries({ ...terms, 'in all': total })) {
            figures.push(figureOf(name, term, '$/M', [dollars]));
          }
        } else if (source === 'accept') {
          figures.push(figureOf(`${name}, accept with ${String(acceptMemoryMb)} MB`, 'in all', '$/M', [total]));
        }
      }
    }
    await Promise.all([sqs.stop(), gateway.stop()]);
    const [, underLoad = NaN, ofSweep = NaN] = totals;
    const cpu = [acceptCpuMs, deliverCpuMs, sweepCpuMs].map((ms) => ms.toFixed(3));
    return {
      figures,
      goals: [
        { goal: 'single request under load, $/M', value: underLoad, atMost: 2 },
        { goal: 'sweep, $/M', value: ofSweep, atMost: 0.25 },
      ],
      notes: [
        `Prices of ${prices.asOf}, ${prices.region}, beyond the free tier, in the first step of each.`,
        `Measured: CPU of a push at one full vCPU of this machine (ms in accept, deliver and sweep: ${cpu.join(', ')}), and the bytes of messages, forms and log lines.`,
        `Assumed: SQS answers in ${String(assumed.sqsWaitMs)} ms and the gateway in ${String(assumed.gatewayWaitMs)}; CPU is proportional to memory; batches are full; the first attempt delivers.`,
        'Constant costs are not included: alarms, dashboards, metrics (0.30 $ each per month), stored logs.',
      ],
    };
  },
};

/** A figure of another part, from this run or from a quick run of that part now. */
async function measuredOf(part: Part, options: PartOptions, contender: string, measure: string, unit: string) {
  const result = options.measured.get(part.name) ?? (await part.run({ ...options, effort: options.effort / 5 }));
  const figure = result.figures.find(
    (one) => one.contender === contender && one.measure === measure && one.unit === unit,
  );
  if (figure === undefined) throw new Error(`${part.name} did not measure ${measure} of ${contender}`);
  return figure.median;
}
