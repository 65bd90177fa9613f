import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import type { DeliverDependencies } from '../../../functions/deliver/handler.ts';
import type { Answer } from '../../../functions/deliver/policy/outcome.ts';
import { parseQueuedPush } from '../../../shared/push/queued-push.ts';
import type { Plant } from '../plant.ts';

const deletedTooEarly = 'a message is deleted, but neither delivered nor given up';
const unsettled = 'a message is neither deleted nor delayed';

/** Faults of `deliver`. */
export const deliverPlants = {
  'alter-parameter': {
    summary: 'deliver turns the plus of a parameter into a space',
    ...{ scenario: 'healthy', pushes: 50, fault: 'the gateway got a push that differs from what was sent' },
    deliver: (dependencies) => ({
      ...dependencies,
      encode: (parameters) => dependencies.encode(parameters).replaceAll('%2B', '+'),
    }),
  },
  // deliver: what an answer means
  'settle-on-500': {
    summary: 'deliver takes a push for delivered when the gateway answers 5xx',
    ...{ scenario: 'lying', pushes: 200, fault: deletedTooEarly },
    deliver: withAnswers((answer) => (answer.status >= 500 ? { ...answer, status: 200 } : answer)),
  },
  'ignore-answer-body': {
    summary: 'deliver takes a push for delivered although the body of the 200 says otherwise',
    ...{ scenario: 'lying', pushes: 100, fault: deletedTooEarly },
    deliver: withAnswers((answer) => ({ ...answer, body: '' })),
  },
  'dead-token-on-500': {
    summary: 'deliver calls a device unregistered for a mere 500',
    ...{ scenario: 'lying', pushes: 200, fault: 'a push is given up for a wrong reason' },
    deliver: withAnswers((answer) => (answer.status === 500 ? { ...answer, status: 404 } : answer)),
  },
  'retry-dead-token': {
    summary: 'deliver retries a push to an unregistered device',
    ...{ scenario: 'healthy', pushes: 200, fault: 'a push that the gateway refuses for good is retried' },
    deliver: withAnswers((answer) => (answer.status === 404 ? { ...answer, status: 500 } : answer)),
  },
  'retry-redirect': {
    summary: 'deliver retries a push after a redirect',
    ...{ scenario: 'odd-answers', pushes: 60, fault: 'a push that the gateway refuses for good is retried' },
    deliver: withAnswers((answer) => (answer.status === 302 ? { ...answer, status: 500 } : answer)),
  },
  'reject-time-out': {
    summary: 'deliver gives up a push after 408 or 425',
    ...{ scenario: 'odd-answers', pushes: 60, fault: 'a push is given up for a wrong reason' },
    deliver: withAnswers((answer) => ([408, 425].includes(answer.status) ? { ...answer, status: 400 } : answer)),
  },
  'settle-on-cut-body': {
    summary: 'deliver takes a push for delivered although the body of the 200 is cut',
    ...{ scenario: 'odd-answers', pushes: 60, fault: deletedTooEarly },
    deliver: withAnswers((answer) => ({ ...answer, failure: undefined })),
  },
  'ignore-dates': {
    summary: 'deliver ignores a Retry-After that is a date',
    ...{ scenario: 'odd-answers', pushes: 60, fault: 'a retry comes before its time' },
    deliver: withAnswers(({ retryAfter, ...answer }) => ({
      ...answer,
      ...(retryAfter?.endsWith('GMT') === false && { retryAfter }),
    })),
  },
  'ignore-retry-after': {
    summary: 'deliver ignores Retry-After',
    ...{ scenario: 'throttling', pushes: 150, fault: 'a retry comes before its time' },
    deliver: withAnswers(({ status, body }) => ({ status, body })),
  },
  'double-retry-after': {
    summary: 'deliver waits twice as long as Retry-After asks for',
    ...{ scenario: 'throttling', pushes: 150, fault: 'a retry comes after its time' },
    deliver: withAnswers(({ retryAfter, ...answer }) => ({
      ...answer,
      ...(retryAfter !== undefined && { retryAfter: String(2 * Number(retryAfter)) }),
    })),
  },
  'attempt-twice': {
    summary: 'deliver makes a second attempt at once when the first has no answer',
    ...{ scenario: 'slow', pushes: 50, fault: 'an invocation attempts a push twice' },
    deliver: (dependencies) => ({
      ...dependencies,
      gateway: { post: (body) => dependencies.gateway.post(body).catch(() => dependencies.gateway.post(body)) },
    }),
  },
  // deliver: when the next attempt comes
  'no-jitter': {
    summary: 'deliver retries without jitter',
    ...{ scenario: 'queue-trouble', pushes: 200, fault: 'retries come without jitter' },
    deliver: (dependencies) => ({ ...dependencies, random: () => 0.5 }),
  },
  'half-jitter': {
    summary: 'deliver uses only half of the jitter',
    ...{ scenario: 'queue-trouble', pushes: 200, fault: 'retries come without jitter' },
    deliver: (dependencies) => ({ ...dependencies, random: () => dependencies.random() / 2 }),
  },
  'no-backoff': {
    summary: 'deliver retries after the first delay each time',
    ...{ scenario: 'unknown-host', pushes: 28, fault: 'a retry comes before its time' },
    deliver: withDelays(() => 2),
  },
  'double-backoff': {
    summary: 'deliver waits twice as long as it must',
    ...{ scenario: 'unknown-host', pushes: 60, fault: 'a retry comes after its time' },
    deliver: withDelays((seconds) => 2 * seconds + 2),
  },
  'lose-delay': {
    summary: 'deliver does not set when a push is visible again',
    ...{ scenario: 'unknown-host', pushes: 60, fault: unsettled },
    deliver: (dependencies) => ({
      ...dependencies,
      delay: (_queue, records) => Promise.resolve({ done: records, failed: [] }),
    }),
  },
  'ignore-outage': {
    summary: 'deliver attempts all pushes of a batch in an outage',
    ...{ scenario: 'unknown-host', pushes: 300, fault: 'more than one attempt of a batch in an outage' },
    deliver: (dependencies) => ({ ...dependencies, outage: { ...dependencies.outage, isSuspected: () => false } }),
  },
  'never-rest': {
    summary: 'deliver probes again at once after a probe without an answer',
    ...{ scenario: 'saturated-outage', pushes: 150, fault: 'SQS hands out each push only' },
    deliver: (dependencies) => ({ ...dependencies, outage: { ...dependencies.outage, mayProbe: () => true } }),
  },
  'fixed-time-limit': {
    summary: 'deliver gives a slow gateway no more time',
    ...{ scenario: 'slow', pushes: 150, fault: 'arrive twice' },
    deliver: (dependencies) => ({ ...dependencies, timeLimit: { ...dependencies.timeLimit, ms: () => 5000 } }),
  },
  'ignore-throttling': {
    summary: 'deliver attempts each push by itself although the gateway asks for fewer',
    ...{ scenario: 'throttling', pushes: 2000, fault: 'Pushes to a throttling gateway take' },
    deliver: (dependencies) => ({ ...dependencies, pace: { ...dependencies.pace, take: () => undefined } }),
  },
  'throttle-all-apps': {
    summary: 'deliver spaces the attempts of all apps because of one',
    ...{ scenario: 'throttled-app', pushes: 1000, fault: 'an app waits for more than a minute' },
    deliver: ({ pace, ...dependencies }) => ({
      ...dependencies,
      pace: {
        take: (_appId, now) => pace.take('', now),
        record: (outcome, _appId, startedAt, endedAt) => {
          pace.record(outcome, '', startedAt, endedAt);
        },
      },
    }),
  },
  'ignore-time-to-live': {
    summary: 'deliver attempts pushes after their time to live',
    ...{ scenario: 'clock-skew', pushes: 100, fault: 'an attempt after the time to live' },
    handler: withRecords((records) => records.map(withoutTimeToLive)),
  },
  'expire-single-attempts': {
    summary: 'deliver gives up pushes with the time to live 0 without an attempt',
    ...{
      scenario: 'times-to-live',
      pushes: 60,
      fault: 'a push with the time to live 0 is given up without its attempt',
    },
    handler: withRecords((records) => records.map(withoutSingleAttempt)),
  },
  'ignore-lifetime': {
    summary: 'deliver retries pushes after their lifetime',
    ...{ scenario: 'four-days-outage', pushes: 32, fault: 'more than one attempt after the lifetime' },
    deliver: withPolicy({ lifetimeSeconds: Infinity }),
  },
  'share-attempts-of-texts': {
    summary: 'deliver makes one attempt for texts with the same words',
    ...{ scenario: 'twins', pushes: 200, fault: 'pushes share an attempt that must not' },
    handler: withRecords((records) => [...new Map(records.map((record) => [contentOf(record), record])).values()]),
  },
  'deliver-one-of-twins': {
    summary: 'deliver reports only the first of the pushes that share a failed attempt',
    ...{ scenario: 'twins', pushes: 150, fault: deletedTooEarly },
    handler: withResponse((failures, { Records }) => {
      const contents = new Map(Records.map((record) => [record.messageId, contentOf(record)]));
      return [...new Map(failures.map((failure) => [contents.get(failure.itemIdentifier), failure])).values()];
    }),
  },
  'never-share': {
    summary: 'deliver makes an attempt for each of identical pushes',
    ...{ scenario: 'twins', pushes: 150, fault: 'Pushes share no attempts' },
    handler:
      (handler) =>
      async ({ Records }, context) => {
        const failures: Failures = [];
        for (const record of Records)
          failures.push(...(await handler({ Records: [record] }, context)).batchItemFailures);
        return { batchItemFailures: failures };
      },
  },
  'wait-for-topic': {
    summary: 'deliver waits for SNS without an end',
    ...{ scenario: 'sns-outage', pushes: 150, fault: 'an invocation of deliver ran into its time limit' },
    deliver: (dependencies) => ({
      ...dependencies,
      async publish(records) {
        for (;;) {
          const sent = await dependencies.publish(records, new AbortController().signal);
          if (sent.failed.length === 0) return sent;
        }
      },
    }),
  },
  'ignore-deadline': {
    summary: 'deliver ignores how much of its time is left',
    ...{ scenario: 'large-batches', pushes: 300, fault: 'an invocation of deliver ran into its time limit' },
    handler: (handler) => (event) => handler(event, { getRemainingTimeInMillis: () => 30_000 }),
  },
  'starve-app': {
    summary: 'deliver leaves the pushes of one AppId for later, again and again',
    ...{ scenario: 'healthy', pushes: 250, fault: 'app 1 is starved' },
    handler:
      (handler, { delay, queues, timeoutSignal }) =>
      async (event, context) => {
        const isHeld = ({ body, attributes }: SQSRecord) =>
          body.includes('com.example.app1"') && Number(attributes.ApproximateReceiveCount) < 7;
        const held = event.Records.filter(isHeld);
        const answer = await handler({ Records: event.Records.filter((record) => !isHeld(record)) }, context);
        const [queue] = queues;
        if (queue === undefined || held.length === 0) return answer;
        const delays = held.map((record) => ({
          receiptHandle: record.receiptHandle,
          delaySeconds: 3 * 2 ** (Number(record.attributes.ApproximateReceiveCount) - 1),
          decided: undefined as never,
        }));
        await delay(queue, delays, timeoutSignal(5000));
        return failing(answer, held);
      },
  },
  // deliver: giving up
  'give-up-early': {
    summary: 'deliver gives a push up after five receives',
    ...{ scenario: 'unknown-host', pushes: 60, fault: 'a push is given up for a wrong reason' },
    deliver: withPolicy({ maxReceiveCount: 5 }),
  },
  'short-life': {
    summary: 'deliver takes the seconds of the lifetime for milliseconds',
    ...{ scenario: 'unknown-host', pushes: 60, fault: 'a push is given up for a wrong reason' },
    deliver: withPolicy({ lifetimeSeconds: 86.4 }),
  },
  'trust-suspected-address': {
    summary: 'deliver believes final answers while the address is suspected',
    ...{ scenario: 'wrong-address', pushes: 150, fault: 'a push is given up while the address is suspected' },
    deliver: (dependencies) => ({ ...dependencies, outage: { ...dependencies.outage, addressFault: () => undefined } }),
  },
  'confirm-all': {
    summary: 'deliver calls each unregistered device confirmed',
    ...{ scenario: 'wrong-address', pushes: 50, fault: 'a device is called dead without proof' },
    deliver: (dependencies) => ({
      ...dependencies,
      outage: { ...dependencies.outage, isAddressConfirmed: () => true },
    }),
  },
  'prove-nothing': {
    summary: 'a new instance gives up a push that others have kept, although it has delivered nothing',
    ...{ scenario: 'wrong-address-two-days', pushes: 50, fault: 'a push that was kept is given up without proof' },
    deliver: (dependencies) => ({
      ...dependencies,
      outage: { ...dependencies.outage, isAddressConfirmed: () => true },
    }),
  },
  'delete-before-dead-letter': {
    summary: 'deliver lets a push be deleted before SQS has its dead letter',
    ...{ scenario: 'healthy', pushes: 300, fault: deletedTooEarly },
    deliver: (dependencies) => ({
      ...dependencies,
      sendDeadLetters(records, abortSignal) {
        void dependencies.sendDeadLetters(records, abortSignal);
        return Promise.resolve({ done: records, failed: [] });
      },
    }),
  },
  'no-dead-letter': {
    summary: 'deliver sends no dead letters',
    ...{ scenario: 'healthy', pushes: 300, fault: deletedTooEarly },
    deliver: (dependencies) => ({
      ...dependencies,
      sendDeadLetters: (records) => Promise.resolve({ done: records, failed: [] }),
    }),
  },
  'forget-refused-dead-letters': {
    summary: 'deliver forgets that SQS refused some entries of a batch of dead letters',
    ...{ scenario: 'refused-entries', pushes: 300, fault: deletedTooEarly },
    deliver: (dependencies) => ({
      ...dependencies,
      sendDeadLetters: async (records, abortSignal) => {
        const { done, failed } = await dependencies.sendDeadLetters(records, abortSignal);
        return { done: [...done, ...failed.map(({ item }) => item)], failed: [] };
      },
    }),
  },
  'no-event': {
    summary: 'deliver tells nobody of a push that is given up',
    ...{ scenario: 'healthy', pushes: 300, fault: 'a dead letter comes without its event' },
    deliver: (dependencies) => ({
      ...dependencies,
      publish: (records) => Promise.resolve({ done: records, failed: [] }),
    }),
  },
  'event-after-dead-letter': {
    summary: 'deliver tells of a push that is given up only when its dead letter is sent',
    ...{ scenario: 'healthy', pushes: 300, fault: 'a dead letter comes without its event' },
    deliver: (dependencies) => ({
      ...dependencies,
      publish: (records) => Promise.resolve({ done: records, failed: [] }),
      async sendDeadLetters(records, abortSignal) {
        const sent = await dependencies.sendDeadLetters(records, abortSignal);
        await dependencies.publish(sent.done, abortSignal);
        return sent;
      },
    }),
  },
  // deliver: which messages it reads
  'drop-unreadable': {
    summary: 'deliver drops messages that cannot be read',
    ...{ scenario: 'strangers', pushes: 100, fault: deletedTooEarly },
    handler: withRecords((records) => records.filter(isReadable)),
  },
  'retry-unreadable': {
    summary: 'deliver retries messages that cannot be read',
    ...{ scenario: 'strangers', pushes: 100, fault: unsettled },
    handler: (handler) => async (event, context) => {
      const unreadable = event.Records.filter((record) => !isReadable(record));
      return failing(await handler({ Records: event.Records.filter(isReadable) }, context), unreadable);
    },
  },
  'throw-on-unreadable': {
    summary: 'deliver throws if a message of a batch cannot be read',
    ...{ scenario: 'strangers', pushes: 100, fault: 'a handler reported an error of its own' },
    handler: withRecords((records) => {
      if (!records.every(isReadable)) throw new Error('a message cannot be read');
      return records;
    }),
  },
  'forget-redriven-id': {
    summary: 'deliver gives a redriven push the id of its new message',
    ...{ scenario: 'redrives', pushes: 150, fault: 'a redriven push has another id than before' },
    handler: withRecords((records) => records.map((record) => ({ ...record, messageAttributes: {} }))),
  },
  // deliver: what it answers
  'report-no-failure': {
    summary: 'deliver reports no record of a batch as failed',
    ...{ scenario: 'lying', pushes: 200, fault: deletedTooEarly },
    handler: withResponse(() => []),
  },
  'forget-one-failure': {
    summary: 'deliver reports all but one of the failed records of a batch',
    ...{ scenario: 'unknown-host', pushes: 60, fault: deletedTooEarly },
    handler: withResponse((failures) => failures.slice(1)),
  },
  'fail-whole-batch': {
    summary: 'deliver reports all records of a batch as failed if one has',
    ...{ scenario: 'lying', pushes: 300, fault: unsettled },
    handler: withResponse((failures, { Records }) =>
      failures.length === 0 ? [] : Records.map(({ messageId }) => ({ itemIdentifier: messageId })),
    ),
  },
  'throw-on-failure': {
    summary: 'deliver throws if a record of a batch fails',
    ...{ scenario: 'lying', pushes: 200, fault: 'a handler reported an error of its own' },
    handler: withResponse((failures) => {
      if (failures.length > 0) throw new Error('a record failed');
      return failures;
    }),
  },
} as const satisfies Readonly<Record<string, Plant>>;

function withAnswers(change: (answer: Answer) => Answer): NonNullable<Plant['deliver']> {
  return (dependencies) => ({
    ...dependencies,
    gateway: { post: async (body) => change(await dependencies.gateway.post(body)) },
  });
}

function withDelays(change: (seconds: number) => number): NonNullable<Plant['deliver']> {
  return (dependencies) => ({
    ...dependencies,
    async delay(queue, records, abortSignal) {
      const changed = records.map((record) => ({ ...record, delaySeconds: change(record.delaySeconds) }));
      return dependencies.delay(queue, changed, abortSignal);
    },
  });
}

function withPolicy(change: Partial<DeliverDependencies['policy']>): NonNullable<Plant['deliver']> {
  return (dependencies) => ({ ...dependencies, policy: { ...dependencies.policy, ...change } });
}

function withRecords(change: (records: SQSRecord[]) => SQSRecord[]): NonNullable<Plant['handler']> {
  return (handler) => async (event, context) => handler({ Records: change(event.Records) }, context);
}

type Failures = SQSBatchResponse['batchItemFailures'];

function withResponse(change: (failures: Failures, event: SQSEvent) => Failures): NonNullable<Plant['handler']> {
  return (handler) => async (event, context) => {
    const { batchItemFailures } = await handler(event, context);
    return { batchItemFailures: change(batchItemFailures, event) };
  };
}

function failing({ batchItemFailures }: SQSBatchResponse, records: readonly SQSRecord[]): SQSBatchResponse {
  const added = records.map(({ messageId }) => ({ itemIdentifier: messageId }));
  return { batchItemFailures: [...batchItemFailures, ...added] };
}

function withoutTimeToLive(record: SQSRecord): SQSRecord {
  const { expiresAt, ...content } = JSON.parse(record.body) as Record<string, unknown>;
  return expiresAt === undefined ? record : { ...record, body: JSON.stringify(content) };
}

/** Lets the end of a time to live of 0 come before the push was accepted. */
function withoutSingleAttempt(record: SQSRecord): SQSRecord {
  const content = JSON.parse(record.body) as Record<string, unknown>;
  if (content['expiresAt'] === undefined || content['expiresAt'] !== content['acceptedAt']) return record;
  return { ...record, body: JSON.stringify({ ...content, expiresAt: new Date(0) }) };
}

function isReadable({ body }: SQSRecord): boolean {
  return parseQueuedPush(body).ok;
}

function contentOf({ body }: SQSRecord): string {
  const reading = parseQueuedPush(body);
  return reading.ok ? JSON.stringify(reading.queued.push.parameters) : body;
}
