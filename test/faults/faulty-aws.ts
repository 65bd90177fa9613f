import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';
import { chanceOf, choose } from '../support/random.ts';
import { readPublishBatch, readSendBatch } from './batch-call.ts';

/** What a call is for: the queue `pushes`, the queue `undeliverable`, or the topic `outcomes`. */
export type Target = 'pushes' | 'undeliverable' | 'outcomes';

/**
 * What is done to a call. `refuse before`, `cut before`, `throttle`, `hang` and `away`: it never reached the service.
 * `refuse entries`: the service executed it without some of its entries. `cut after` and `answer too late`: the service
 * executed it, and nobody hears of it.
 */
type Behaviour = keyof typeof onGivenUp | 'away';

const onPushes = { forward: 90, 'refuse before': 4, 'cut before': 2, 'cut after': 4 } as const;

const onGivenUp = {
  forward: 70,
  'refuse before': 4,
  'cut before': 2,
  throttle: 3,
  hang: 2,
  'refuse entries': 8,
  'cut after': 6,
  'answer too late': 2,
  'answer late': 3,
} as const;

/** Of every 40 calls of a kind, 8 in a row are refused, which is more than the SDK's own retries cover. */
const burst = { every: 40, length: 8 } as const;

/** With every 400 calls that publish, the topic goes away for three seconds, then the dead-letter queue, then both. */
const absences = {
  everyCalls: 400,
  lastMs: 3000,
  from: new Map<number, readonly Target[]>([
    [8, ['outcomes']],
    [16, ['undeliverable']],
    [24, ['outcomes', 'undeliverable']],
  ]),
} as const;

/** The client gives up an answer after three seconds. */
const lateMs = 1500;
const tooLateMs = 4000;

/** A call about pushes that were given up, with the pushes that it failed for. */
export interface FailedCall {
  readonly target: Target;
  /** Whether the service took them nevertheless. */
  readonly isTaken: boolean;
  readonly pushes: readonly number[];
}

export interface FaultyAws extends Listening {
  /** How often each target failed, by what was done to the call. */
  readonly failed: Readonly<Record<Target, Readonly<Record<string, number>>>>;
  readonly failedCalls: readonly FailedCall[];
}

export interface FaultyAwsOptions {
  readonly seed: number;
  /** The port of SQS and SNS. */
  readonly port: number;
  /** The number of the push that a dead letter or an event is about. */
  readonly numberIn: (text: string) => number;
}

/** Stands before SQS and SNS and lets calls fail at random, before or after the service has performed them. */
export async function startFaultyAws({ seed, port: awsPort, numberIn }: FaultyAwsOptions): Promise<FaultyAws> {
  const agent = new Agent({ keepAlive: true });
  const failed: Record<Target, Record<string, number>> = { pushes: {}, undeliverable: {}, outcomes: {} };
  const failedCalls: FailedCall[] = [];
  const callsOf = new Map<string, number>();
  const awayUntil = new Map<Target, number>();

  const behaviourOf = (target: Target, action: string): Behaviour => {
    if (performance.now() < (awayUntil.get(target) ?? 0)) return 'away';
    const kind = `${target} ${action}`;
    const calls = (callsOf.get(kind) ?? 0) + 1;
    callsOf.set(kind, calls);
    if (target === 'outcomes') {
      const targets = absences.from.get(calls % absences.everyCalls) ?? [];
      for (const one of targets) awayUntil.set(one, performance.now() + absences.lastMs);
      if (targets.includes(target)) return 'away';
    }
    const isInBurst = (calls + Math.floor(chanceOf(seed, 6) * burst.every)) % burst.every < burst.length;
    if (isInBurst) return 'refuse before';
    const chance = chanceOf(seed, calls, action.length, target.length);
    return target === 'pushes' ? choose(onPushes, chance) : choose(onGivenUp, chance);
  };

  const forward = (incoming: IncomingMessage, body: string) =>
    new Promise<Answer>((resolve, reject) => {
      const { url = '/', method = 'POST', headers } = incoming;
      const length = { 'content-length': String(Buffer.byteLength(body)) };
      const options = {
        host: '127.0.0.1',
        port: awsPort,
        path: url,
        method,
        headers: { ...headers, ...length },
        agent,
      };
      httpRequest(options, (answer) => {
        const { statusCode: status = 500, headers: received } = answer;
        const ended = (content: string) => ({ status, headers: headersOf(received), body: content });
        text(answer).then((content) => {
          resolve(ended(content));
        }, reject);
      })
        .on('error', reject)
        .end(body);
    });

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const body = await text(incoming);
    const { target, action, call } = readCall(incoming, body);
    const behaviour = behaviourOf(target, action);
    if (behaviour !== 'forward') failed[target][behaviour] = (failed[target][behaviour] ?? 0) + 1;
    const blame = (isTaken: boolean, refused?: ReadonlySet<string>) => {
      const entries = call?.entries.filter(({ id }) => refused?.has(id) ?? true) ?? [];
      if (entries.length > 0)
        failedCalls.push({ target, isTaken, pushes: entries.map((entry) => numberIn(entry.text)) });
    };
    const end = ({ status, headers, body: content }: Answer) => outgoing.writeHead(status, headers).end(content);
    switch (behaviour) {
      case 'forward':
        end(await forward(incoming, body));
        return;
      case 'refuse before':
        blame(false);
        end(refusal(target, 500, 'InternalFailure'));
        return;
      case 'throttle':
        blame(false);
        end(target === 'outcomes' ? refusal(target, 429, 'Throttled') : refusal(target, 400, 'RequestThrottled'));
        return;
      case 'cut before':
      case 'away':
        blame(false);
        incoming.socket.destroy();
        return;
      case 'hang':
        blame(false);
        return;
      case 'refuse entries': {
        const ids = call?.entries.map(({ id }) => id) ?? [];
        const isRefused = (index: number) => index === 0 || chanceOf(seed, index, ids.length) < 0.5;
        const refused = new Set(ids.filter((_, index) => isRefused(index)));
        blame(false, refused);
        const left = call?.without(refused);
        const {
          status,
          headers,
          body: content,
        } = left === undefined ? { ...refusal(target, 200, ''), body: undefined } : await forward(incoming, left);
        end({ status, headers, body: call?.completed(refused, content) ?? '' });
        return;
      }
      case 'cut after':
        blame(true);
        await forward(incoming, body);
        incoming.socket.destroy();
        return;
      case 'answer late':
      case 'answer too late': {
        if (behaviour === 'answer too late') blame(true);
        const answered = await forward(incoming, body);
        await delay(behaviour === 'answer late' ? lateMs : tooLateMs, undefined, { ref: false });
        end(answered);
        return;
      }
      default:
        behaviour satisfies never;
    }
  };

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  const { port, stop } = await listen(server, 0);
  return {
    port,
    failed,
    failedCalls,
    async stop() {
      agent.destroy();
      await stop();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function headersOf(received: IncomingMessage['headers']): Record<string, string> {
  const kept = ['content-type', 'x-amzn-query-error'].map((name): [string, unknown] => [name, received[name]]);
  return Object.fromEntries(kept.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

function refusal(target: Target, status: number, code: string): Answer {
  return target === 'outcomes'
    ? {
        status,
        headers: { 'content-type': 'text/xml' },
        body: `<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error><Type>Receiver</Type><Code>${code}</Code><Message>a fault</Message></Error></ErrorResponse>`,
      }
    : { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: `{"__type":"${code}"}` };
}

/** What a call is for; with its entries, if it gives pushes up. */
function readCall({ headers }: IncomingMessage, body: string) {
  const action = headers['x-amz-target'];
  if (action === undefined)
    return { target: 'outcomes', action: 'PublishBatch', call: readPublishBatch(body) } as const;
  if (action !== 'AmazonSQS.SendMessageBatch' || !isForUndeliverable(body)) {
    return { target: 'pushes', action: String(action), call: undefined } as const;
  }
  return { target: 'undeliverable', action, call: readSendBatch(body) } as const;
}

function isForUndeliverable(body: string): boolean {
  return (JSON.parse(body) as { readonly QueueUrl: string }).QueueUrl.endsWith('/undeliverable');
}
