import { batchEvent, outcomeBytes, pushEvent, queuedPushes, randomForm } from '../events.ts';
import { lambdaEnvironment } from '../lambda-environment.ts';
import { isTrial, type Part, type PartResult } from '../part.ts';
import {
  assumed,
  outcomesPricePerMillion,
  pricePerMillion,
  pricePerMonth,
  prices,
  totalOf,
  type Usage,
} from '../price.ts';
import { startCold, startServer } from '../processes.ts';
import { figureOf, median } from '../statistics.ts';
import { acceptWarm, batchPushes, inBatches } from './accept-warm.ts';
import { deliver } from './deliver.ts';
import { sweep } from './sweep.ts';

/** As in `serverless.yml`, and the alternatives. */
const acceptMemoryMb = 256;
const otherMemoriesMb = [512, 1024, 1769] as const;

/** A kind of traffic. `cell` is that of the part `deliver` whose CPU of a push is taken. */
type Traffic = Pick<Usage, 'source' | 'requestPushes' | 'batchRecords' | 'newInstances'> & { readonly cell: string };

/** For the shares of new instances, see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html */
const single = { source: 'accept', requestPushes: 1 } as const;
const inBatch = { source: 'accept', requestPushes: batchPushes } as const;
const ofSweep = { source: 'sweep', requestPushes: 1, newInstances: 0.001 } as const;
const traffics = {
  'single, each in new instances': { ...single, batchRecords: 1, newInstances: 1, cell: '10 at 20 ms' },
  'single, low traffic (batches of 1)': { ...single, batchRecords: 1, newInstances: 0.01, cell: '10 at 20 ms' },
  'single, batches of 10': { ...single, batchRecords: 10, newInstances: 0.01, cell: '10 at 20 ms' },
  'single, under load (batches of 100)': { ...single, batchRecords: 100, newInstances: 0.001, cell: '100 at 20 ms' },
  'in a batch of 100 (batches of 10)': { ...inBatch, batchRecords: 10, newInstances: 0.01, cell: '10 at 20 ms' },
  'sweep (batches of 10)': { ...ofSweep, batchRecords: 10, cell: '10 at 20 ms' },
  'fast sweep (batches of 1000)': { ...ofSweep, batchRecords: 1000, cell: '100 at 20 ms' },
} as const satisfies Record<string, Traffic>;

/** Pushes with an outcome on the topic; `of` is the traffic that they belong to. */
const alone = { of: 'single, low traffic (batches of 1)', published: 1 } as const;
const inTens = { of: 'single, batches of 10', published: 10 } as const;
const outcomes = {
  'given up alone, to a queue': { ...alone, outcome: 'unregistered', subscriber: 'queue' },
  'given up, ten together, to a queue': { ...inTens, outcome: 'unregistered', subscriber: 'queue' },
  'given up, ten together, to HTTPS': { ...inTens, outcome: 'unregistered', subscriber: 'https' },
  'delivered alone, receipt to a queue': { ...alone, outcome: 'delivered', subscriber: 'queue' },
  'delivered, ten together, receipts to a queue': { ...inTens, outcome: 'delivered', subscriber: 'queue' },
  'delivered, ten together, receipts to HTTPS': { ...inTens, outcome: 'delivered', subscriber: 'https' },
} as const;

/** The bytes of the line `push not delivered` of a push with an unregistered token. */
const failureLineBytes = 330;

/** Starts a function a few times. @returns one of the starts, and the median time until ready: one start may meet a pause. */
async function startTypically(effort: number, ...start: Parameters<typeof startCold>) {
  const first = await startCold(...start);
  const readyMs = [first.ready.ms];
  while (readyMs.length < (isTrial(effort) ? 1 : 5)) readyMs.push((await startCold(...start)).ready.ms);
  return [first, median(readyMs)] as const;
}

export const price: Part = {
  name: 'price',
  title: 'Price: dollars for a million pushes, and for a month',
  async run(options) {
    const measured = new Map(options.measured);
    /** A figure of another part, from this run or from a quick run of that part now. */
    const measuredOf = async (part: Part, contender: string, measure: string, unit: string) => {
      const result = measured.get(part.name) ?? (await part.run({ ...options, effort: options.effort / 5 }));
      measured.set(part.name, result);
      return figureIn(result, contender, measure, unit).median;
    };
    const sweepCpuMs = (await measuredOf(sweep, 'sweep', 'CPU', 'µs a device of the longest list')) / 1000;
    const [sqs, gateway] = await Promise.all([startServer('sqs'), startServer('gateway')]);
    const environment = lambdaEnvironment(`https://127.0.0.1:${String(sqs.port)}`, {
      PNM2_URL: `http://127.0.0.1:${String(gateway.port)}`,
    });
    const usageOf = async ({ cell, ...traffic }: Traffic): Promise<Usage> => {
      const { requestPushes, batchRecords } = traffic;
      const isBatch = requestPushes > 1;
      const request = isBatch ? batchEvent(requestPushes) : pushEvent(randomForm());
      const [accepted, acceptInitMs] = await startTypically(options.effort, 'accept', environment, request);
      const acceptor = isBatch ? inBatches : 'accept';
      const acceptCpuMs = (await measuredOf(acceptWarm, acceptor, 'CPU', 'µs a push')) / 1000;
      const { event, forms } = queuedPushes(batchRecords, Date.now());
      const [delivered, deliverInitMs] = await startTypically(options.effort, 'deliver', environment, event);
      const deliverCpuMs = (await measuredOf(deliver, 'deliver', `${cell}: CPU a push`, 'µs')) / 1000;
      return {
        ...{ ...traffic, acceptMemoryMb, acceptCpuMs, sweepCpuMs, deliverCpuMs },
        requestBytes: request.body?.length ?? NaN,
        answerBytes: accepted.answerBytes,
        acceptLogBytesPerRequest: accepted.logBytes,
        deliverLogBytesPerBatch: delivered.logBytes,
        acceptInitMs,
        deliverInitMs,
        messageBytes: event.Records[0]?.body.length ?? NaN,
        formBytes: forms[0]?.length ?? NaN,
      };
    };
    const usages = new Map<string, Usage>();
    for (const [name, traffic] of Object.entries(traffics)) usages.set(name, await usageOf(traffic));
    await Promise.all([sqs.stop(), gateway.stop()]);

    const totalFor = (name: keyof typeof traffics, other: Partial<Usage> = {}) => {
      const usage = usages.get(name);
      return usage === undefined ? NaN : totalOf(pricePerMillion({ ...usage, ...other }));
    };
    const outcomeTerms = Object.entries(outcomes).map(([name, { of, outcome, published, subscriber }]) => {
      const bytes = outcomeBytes(outcome, Date.now());
      const isGivenUp = outcome === 'unregistered';
      const deadLetterBytes = (usages.get(of)?.messageBytes ?? NaN) + bytes.deadLetterAttributes;
      const terms = outcomesPricePerMillion({
        eventBytes: bytes.event,
        ...(isGivenUp && { deadLetterBytes }),
        logBytes: isGivenUp ? failureLineBytes : 0,
        published,
        subscriber,
      });
      return [name, { 'the push and its attempt': totalFor(of), ...terms }] as const;
    });
    const month = pricePerMonth();
    const constant = totalOf(month);
    const idle = month.polling + month.ticks;
    const add = (contender: string, measure: string, unit: string, dollars: number) =>
      figureOf(contender, measure, unit, [dollars]);
    const withTotal = (name: string, terms: Readonly<Record<string, number>>) =>
      Object.entries({ ...terms, 'in all': totalOf(terms) }).map(([term, dollars]) => add(name, term, '$/M', dollars));
    return {
      figures: [
        ...[...usages].flatMap(([name, usage]) => withTotal(name, pricePerMillion(usage))),
        ...outcomeTerms.flatMap(([name, terms]) => withTotal(name, terms)),
        ...otherMemoriesMb.map((memoryMb) =>
          add(
            `single, under load, accept with ${String(memoryMb)} MB`,
            'in all',
            '$/M',
            totalFor('single, under load (batches of 100)', { acceptMemoryMb: memoryMb }),
          ),
        ),
        ...Object.entries(month).map(([term, dollars]) => add(term, 'whatever is sent', '$ a month', dollars)),
        add('nothing sent', 'a month', '$', idle),
        add('1 million, low traffic', 'a month', '$', constant + totalFor('single, low traffic (batches of 1)')),
        add('100 million, load', 'a month', '$', constant + 100 * totalFor('single, under load (batches of 100)')),
      ],
      goals: [
        { goal: 'single request under load, $/M', value: totalFor('single, under load (batches of 100)'), atMost: 2 },
        { goal: 'push in a batch of 100, $/M', value: totalFor('in a batch of 100 (batches of 10)'), atMost: 0.45 },
        { goal: 'fast sweep, $/M', value: totalFor('fast sweep (batches of 1000)'), atMost: 0.25 },
      ],
      notes: [
        `Prices of ${prices.asOf}, ${prices.region}, beyond the free tiers, in the first step of each.`,
        'Measured: CPU of a push and time until ready, at one full vCPU of this machine, and the bytes of requests, answers, messages, forms and log lines.',
        `Assumed: SQS answers in ${String(assumed.sqsWaitMs)} ms and the gateway in ${String(assumed.gatewayWaitMs)}; CPU is proportional to memory; batches are full; the first attempt delivers.`,
        'A request to accept has one push, or a batch of 100, which goes to SQS in tens, eight at once; in brackets: the pushes that deliver gets together.',
        `A push with an outcome on the topic costs in addition: PublishBatch, of which SNS answers in ${String(assumed.snsWaitMs)} ms, the delivery to one subscriber, and for a push that is given up its dead letter and its log line.`,
        'A month includes all metrics and the alarms, except where nothing is sent: metrics cost only the hours in which they are in use.',
      ],
    };
  },
};

function figureIn({ figures }: PartResult, contender: string, measure: string, unit: string) {
  const figure = figures.find((one) => one.contender === contender && one.measure === measure && one.unit === unit);
  if (figure === undefined) throw new Error(`there is no figure ${measure} of ${contender}, in ${unit}`);
  return figure;
}
