import { acceptLogBytes, deliverLogBytes } from '../log-bytes.ts';

import { queuedPushes, randomForm } from '../events.ts';
import type { Figure, Part, PartOptions, PartResult } from '../part.ts';
import { prices } from '../prices.ts';
import { pricePerMillion, totalOf, type Usage } from '../price.ts';
import { acceptWarm } from './accept-warm.ts';
import { sweep as sweepPart } from './sweep.ts';
import { deliver } from './deliver.ts';

/** As `serverless.yml` has it; and what is told of `accept` beside it. */
const acceptMemoryMb = 256;
const deliverMemoryMb = 512;
const sweepMemoryMb = 512;
const otherMemoriesMb = [512, 1024, 1769] as const;

/** Not measured here, for here is no AWS. */
const assumed = { sqsWaitMs: 6, gatewayWaitMs: 100, tlsBytesPerMessage: 29, answerHeadBytes: 250 } as const;

export const price: Part = {
  name: 'price',
  title: 'Price: dollars for a million pushes',
  async run(options) {
    const acceptCpuMs = (await measuredOf(acceptWarm, options, 'accept', 'CPU', 'µs')) / 1000;
    const deliverCpuMs = (await measuredOf(deliver, options, 'deliver', '100 at 20 ms: CPU a push', 'µs')) / 1000;
    const sweepCpuMs = (await measuredOf(sweepPart, options, 'sweep', 'CPU', 'µs a device of the longest list')) / 1000;
    const [body = ''] = queuedPushes(1, Date.now()).event.Records.map((record) => record.body);
    const formBytes = randomForm().length;
    const of = async (source: Usage['source'], batchRecords: number, memoryMb = acceptMemoryMb): Promise<Usage> => ({
      source,
      acceptCpuMs,
      sweepCpuMs,
      sweepMemoryMb,
      deliverCpuMs,
      batchRecords,
      acceptMemoryMb: memoryMb,
      deliverMemoryMb,
      sqsWaitMs: assumed.sqsWaitMs,
      gatewayWaitMs: assumed.gatewayWaitMs,
      concurrency: 500,
      messageBytes: Buffer.byteLength(body),
      acceptLogBytes: await acceptLogBytes(),
      deliverLogBytesPerBatch: await deliverLogBytes(batchRecords),
      answerBytes: assumed.answerHeadBytes + assumed.tlsBytesPerMessage,
      attemptBytes: formBytes + attemptHeadBytes + assumed.tlsBytesPerMessage,
    });
    const [deployed, underLoad, sweep] = await Promise.all([of('accept', 10), of('accept', 100), of('sweep', 1000)]);
    const cases = [
      { name: 'single requests, as deployed (batches of 10)', usage: deployed },
      { name: 'single requests under load (batches of 100)', usage: underLoad },
      { name: 'sweep (batches of 1000)', usage: sweep },
    ];
    const figures = cases.flatMap(({ name, usage }) => {
      const terms = pricePerMillion(usage);
      return [...Object.entries(terms), ['in all', totalOf(terms)] as const].map(([term, dollars]) =>
        dollarsOf(name, term, dollars),
      );
    });
    for (const memory of otherMemoriesMb) {
      const total = totalOf(pricePerMillion(await of('accept', 100, memory)));
      figures.push(dollarsOf(`single requests under load, accept with ${String(memory)} MB`, 'in all', total));
    }
    return {
      figures,
      goals: [
        { goal: 'single request under load, $/M', value: totalOf(pricePerMillion(underLoad)), atMost: 2 },
        { goal: 'sweep, $/M', value: totalOf(pricePerMillion(sweep)), atMost: 0.25 },
      ],
      notes: [
        `Prices of ${prices.asOf}, ${prices.region}, beyond the free tier, in the first step of each.`,
        `Measured: CPU a push (accept ${acceptCpuMs.toFixed(3)} ms, deliver ${deliverCpuMs.toFixed(3)} ms, sweep ${sweepCpuMs.toFixed(3)} ms, at one full vCPU of this machine), the bytes of messages, forms and log lines.`,
        `Assumed: SQS answers in ${String(assumed.sqsWaitMs)} ms, the gateway in ${String(assumed.gatewayWaitMs)}; vCPU is in proportion to memory, one at 1,769 MB; full batches; each push is delivered at its first attempt.`,
        'Constant costs are not in: alarms, dashboards, metrics (0.30 $ each and month), stored logs.',
      ],
    };
  },
};

/** `POST / HTTP/1.1` and the headers of an attempt. */
const attemptHeadBytes = 190;

function dollarsOf(contender: string, measure: string, dollars: number): Figure {
  return { contender, measure, unit: '$/M', median: dollars, lowerQuartile: dollars, upperQuartile: dollars };
}

/** A figure of another part: of this run where it has been measured, else of a quick run now. */
async function measuredOf(
  part: Part,
  options: PartOptions,
  contender: string,
  measure: string,
  unit: string,
): Promise<number> {
  const result: PartResult =
    options.measured.get(part.name) ?? (await part.run({ ...options, effort: options.effort / 5 }));
  const figure = result.figures.find(
    (one) => one.contender === contender && one.measure === measure && one.unit === unit,
  );
  if (figure === undefined) throw new Error(`${part.name} has not measured ${measure} of ${contender}`);
  return figure.median;
}
