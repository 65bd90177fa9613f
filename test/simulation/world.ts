import type { SQSEvent } from 'aws-lambda';
import { createAccept, type AcceptDependencies } from '../../functions/accept/handler.ts';
import { readAcceptConfiguration } from '../../functions/accept/config.ts';
import { sendPush, sendPushes } from '../../functions/accept/queue.ts';
import { createAwsCalls } from '../../functions/deliver/aws-calls.ts';
import { readDeliverConfiguration } from '../../functions/deliver/config.ts';
import { formats } from '../../functions/deliver/format.ts';
import { createDeliver, type DeliverDependencies } from '../../functions/deliver/handler.ts';
import { createOutage } from '../../functions/deliver/policy/outage.ts';
import { sqsLimits } from '../../shared/aws/limits.ts';
import { publishEvents } from '../../shared/aws/sns/publish.ts';
import { delayMessages, sendMessages } from '../../shared/aws/sqs/batches.ts';
import { readSettings } from '../../shared/environment.ts';
import type { Log } from '../../shared/log.ts';
import type { OutcomeEvent } from '../../shared/outcomes/outcome-event.ts';
import { deadLetterReasons } from '../../shared/push/dead-letter.ts';
import { encodeForm } from '../../shared/push/form.ts';
import { messageGroupOf, parseQueuedPush } from '../../shared/push/queued-push.ts';
import { mappingSettings } from '../../shared/settings.ts';
import { httpEvent } from '../support/http-event.ts';
import { lambdaContext } from '../support/lambda-context.ts';
import { createHistory, kinds, type History } from './history.ts';
import { createChances } from './kernel/chance.ts';
import { startClients } from './clients.ts';
import type { Fate, Process, Route } from './kernel/process.ts';
import { createScheduler } from './kernel/scheduler.ts';
import { startMapping } from './models/event-source-mapping.ts';
import { createFunction, type Invocation } from './models/function.ts';
import { createGatewayClient, type AttemptContent } from './models/gateway.ts';
import { createSnsClient } from './models/sns.ts';
import { createSqsClient } from './models/sqs-client.ts';
import { createQueue, noTrouble, type SqsQueue } from './models/sqs-queue.ts';
import { contentOfForm, createPushPlan, defaultMix } from './pushes.ts';
import type { Plant } from './plant.ts';
import { day, minute, second, type Scenario } from './scenario.ts';
import { startSweep } from './sweep.ts';
import type { SweepEvidence } from './sweep-checker.ts';
import { createDevicePlan, deviceOfBody, deviceOfForm } from './sweep-list.ts';

export interface RunOptions {
  readonly seed: number;
  readonly pushes: number;
  readonly scenario: Scenario;
  /** A fault of the relay that the run must find. */
  readonly plant?: Plant | undefined;
  /** Is told once an hour of the run. */
  readonly onHour?: (hours: number) => void;
}

export interface Run {
  readonly history: History;
  readonly pushes: number;
  readonly policy: ReturnType<typeof readDeliverConfiguration>['policy'];
  readonly outage: ReturnType<typeof readDeliverConfiguration>['outage'];
  /** Whether each call to a service has its effect and its answer. */
  readonly areServicesSound: boolean;
  readonly sweep?: SweepEvidence;
  readonly troubleEndsAtMs: number | undefined;
  readonly mostInFlight: number;
  /** Milliseconds since the start. */
  readonly endedAt: number;
  readonly events: number;
}

/** 2026-01-01, the time at the start of every run. */
const epochMs = Date.UTC(2026, 0, 1);
const acceptTimeoutMs = 10_000;
const deliverTimeoutMs = 30_000;
/** As infra/queues.yml has them. */
const visibilitySeconds = 240;
const retentionSeconds = 345_600;
const deadLetterRetentionSeconds = 1_209_600;
const queueMaxReceiveCount = 1000;

/** Runs one relay, with the handlers as they are deployed, in a world of models. */
export async function simulate({ seed, pushes, scenario, plant, onHour }: RunOptions): Promise<Run> {
  const chanceFor = createChances(seed);
  const scheduler = createScheduler();
  const { now } = scheduler;
  const history = createHistory(now);
  const mix = { ...defaultMix, ...scenario.mix };
  const { sweep: order } = scenario;
  const planOf = order === undefined ? createPushPlan(seed, mix) : createDevicePlan(seed, scenario.mix);
  const counter = () => {
    let next = 0;
    return () => next++;
  };

  // Queues

  const messageNumber = counter();
  const queueTrouble = () => ({ ...noTrouble, ...scenario.queue?.(now()) });
  const common = { scheduler, epochMs, visibilitySeconds, maxInFlight: sqsLimits.inFlightMessages };
  const undeliverable = createQueue(
    {
      ...common,
      name: 'undeliverable',
      chance: chanceFor('undeliverable'),
      retentionSeconds: deadLetterRetentionSeconds,
    },
    messageNumber,
  );
  const queue = createQueue(
    {
      ...common,
      name: order === undefined ? 'pushes' : 'sweeps',
      chance: chanceFor('queue'),
      retentionSeconds,
      redrive: { maxReceiveCount: queueMaxReceiveCount, target: undeliverable },
      ...(scenario.queue && { trouble: queueTrouble }),
      observer: {
        onDuplicate: ({ number }) => {
          history.record(kinds.duplicated, number);
        },
        onRetentionEnd: ({ number }) => {
          history.record(kinds.retentionEnded, number);
        },
        onMove: ({ number }) => {
          history.record(kinds.moved, number);
        },
      },
    },
    messageNumber,
  );
  const outcomeCounts = createQueue(
    { ...common, name: 'outcome-counts', chance: chanceFor('outcome counts'), retentionSeconds },
    messageNumber,
  );
  const outcomesTopicArn = 'arn:aws:sns:us-east-1:123456789012:outcomes';

  // Services

  const serviceTrouble = () => ({
    ...{ refused: 0, requestLost: 0, answerLost: 0, entryFailure: 0 },
    ...scenario.services?.(now()),
  });
  const routeTo = (service: string): Route => {
    const chance = chanceFor(`route to ${service}`);
    return {
      requestMs: () => chance.between(1, 6),
      answerMs: () => chance.between(1, 6),
      timeoutMs: 3000,
      fate(): Fate {
        if (scenario.services === undefined) return 'well';
        const { refused, requestLost, answerLost } = serviceTrouble();
        if (chance.hits(refused)) return 'refused';
        if (chance.hits(requestLost)) return 'request lost';
        return chance.hits(answerLost) ? 'answer lost' : 'well';
      },
    };
  };
  const sqsRoute = routeTo('SQS');
  const snsRoute = routeTo('SNS');
  const entryFailure = () => (scenario.services === undefined ? 0 : serviceTrouble().entryFailure);
  const reasonOf = (text: unknown) => deadLetterReasons.findIndex((reason) => reason === text);
  const messageNumberOf = (id = '') => Number(id.slice(1));
  /** The push of a message: of a sweep, of the request of a task, or, with that content, of a batch that begins with it. */
  const pushOfBody = (body: string, task: number): number => {
    if (order !== undefined) return deviceOfBody(body);
    if (batchPushes === 1) return task;
    const content = deviceOfBody(body);
    const numbers = Array.from({ length: batchPushes }, (_none, index) => task + index);
    return numbers.find((number) => planOf(number).content === content) ?? -1;
  };
  const sqsFor = (process: Process) =>
    createSqsClient(process, {
      queues: [queue, undeliverable, outcomeCounts],
      route: sqsRoute,
      chance: chanceFor(`SQS entries of process ${String(process.id)}`),
      entryFailure,
      observer: {
        onSend(target, { number, attributes, body }) {
          if (target === queue) {
            history.record(kinds.stored, number, pushOfBody(body, process.task));
          } else if (target === undeliverable) {
            const pushId = messageNumberOf(attributes['pushId']?.StringValue);
            history.record(kinds.deadLettered, pushId, process.task, reasonOf(attributes['reason']?.StringValue));
          }
        },
        onDelay({ number }, seconds) {
          history.record(kinds.delayed, number, process.task, seconds);
        },
      },
    });
  const snsFor = (process: Process) =>
    createSnsClient(process, {
      route: snsRoute,
      chance: chanceFor(`SNS entries of process ${String(process.id)}`),
      entryFailure,
      onPublish({ Message = '' }) {
        const event = JSON.parse(Message) as OutcomeEvent;
        const confirmed = event.confirmed === true ? 1 : 0;
        history.record(kinds.told, messageNumberOf(event.id), process.task, reasonOf(event.reason), confirmed);
      },
    });

  // Gateway

  const gatewayChance = chanceFor('gateway');
  const behaviourOf = scenario.createGateway();
  const networkChance = chanceFor('network of the gateway');
  const readForm = (form: string): AttemptContent | undefined => {
    const content = order === undefined ? contentOfForm(form) : deviceOfForm(form);
    if (!(content >= 0 && content < pushes)) return undefined;
    const push = planOf(content);
    return { content, isIntact: encodeForm(push.parameters) === form, push };
  };

  // Functions

  const log: Log = {
    info: () => undefined,
    warn: () => undefined,
    metrics: () => undefined,
    error(_message, fields) {
      if (fields?.['status'] === 500) history.record(kinds.mishap, 2);
    },
  };
  const environment = {
    STAGE: 'simulation',
    PNM2_URL: 'https://gateway.example.com/pnm2',
    PUSHES_QUEUE_URL: queue.url,
    SWEEPS_QUEUE_URL: queue.url,
    SWEEPS_BUCKET: 'sweeps',
    UNDELIVERABLE_QUEUE_URL: undeliverable.url,
    OUTCOME_COUNTS_QUEUE_URL: outcomeCounts.url,
    OUTCOMES_TOPIC_ARN: outcomesTopicArn,
    DEVICES_TABLE: 'devices',
    OPEN_INTAKE: 'true',
    ...scenario.settings,
  };
  const acceptConfiguration = readAcceptConfiguration(environment);
  const deliverConfiguration = readDeliverConfiguration(environment);
  const { gateway, outage, ...deliverOptions } = deliverConfiguration;
  const mapping = readSettings(mappingSettings, scenario.settings ?? {});

  const skewChance = chanceFor('skew');
  const skewMs = () => {
    const { skewMs: most = 0 } = scenario;
    return most === 0 ? 0 : Math.round(skewChance.between(-most, most));
  };
  const processNumber = counter();
  const onDeath = (process: Process) => {
    history.record(kinds.died, process.id, process.task);
  };
  const functionOptions = { scheduler, epochMs, skewMs, numberOf: processNumber, onDeath, deathProbability: () => 0 };

  const noTable = () => Promise.reject(new Error('the simulation has no table'));
  const accept = createFunction({
    ...functionOptions,
    chance: chanceFor('accept'),
    timeoutMs: acceptTimeoutMs,
    start(process) {
      const sqs = sqsFor(process);
      const dependencies: AcceptDependencies = {
        ...acceptConfiguration,
        // The client of SQS ends its attempts in time, and the early answer has a timer of the real clock.
        answerReserveMs: 0,
        enqueue: (queued) => sendPush(sqs, queue.url, queued),
        enqueueBatch: (queued, abortSignal) => sendPushes(sqs, queue.url, queued, abortSignal),
        devicesOf: noTable,
        answerOnce: noTable,
        timeoutSignal: process.timeoutSignal,
        now: process.now,
        log,
      };
      const handler = createAccept(plant?.accept?.(dependencies) ?? dependencies);
      return (event: ReturnType<typeof httpEvent>, { getRemainingTimeInMillis }) =>
        handler(event, { ...lambda, getRemainingTimeInMillis });
    },
  });
  const deliver = createFunction({
    ...functionOptions,
    chance: chanceFor('deliver'),
    timeoutMs: deliverTimeoutMs,
    start(process) {
      const random = chanceFor(`jitter of process ${String(process.id)}`);
      const sqs = sqsFor(process);
      const sns = snsFor(process);
      const dependencies: DeliverDependencies = {
        ...deliverOptions,
        gateway: createGatewayClient(process, {
          scheduler,
          attemptTimeoutMs: gateway.attemptTimeoutMs,
          chance: gatewayChance,
          requestMs: () => networkChance.between(2, 20),
          read: readForm,
          behave: (attempt, at) => behaviourOf(attempt, at, gatewayChance),
          onAttempt(attempt, isTaken) {
            if (attempt === undefined) history.record(kinds.mishap, 0);
            else {
              if (!attempt.isIntact) history.record(kinds.mishap, 1);
              history.record(kinds.attempted, attempt.content, process.task, isTaken ? 1 : 0);
            }
          },
          onAnswer(content, status, retryAfterSeconds) {
            history.record(kinds.answered, content, process.task, status, retryAfterSeconds);
          },
        }),
        encode: formats[gateway.format].encode,
        outage: createOutage(outage),
        ...createAwsCalls({
          loadSqs: () => Promise.resolve({ sqs, delayMessages, sendMessages }),
          loadSns: () => Promise.resolve({ sns, publishEvents }),
          undeliverableQueueUrl: undeliverable.url,
          outcomeCountsQueueUrl: deliverOptions.outcomeCountsQueueUrl,
          outcomesTopicArn,
        }),
        timeoutSignal: process.timeoutSignal,
        now: process.now,
        random: random.next,
        log,
      };
      const handler = createDeliver(plant?.deliver?.(dependencies) ?? dependencies);
      const planted = plant?.handler?.(handler, dependencies) ?? handler;
      return (event: SQSEvent, invocation: Invocation) => {
        history.record(kinds.started, process.task, process.id);
        return planted(event, invocation);
      };
    },
  });
  startMapping({
    scheduler,
    chance: chanceFor('event source mapping'),
    queue,
    ...(order === undefined
      ? {
          batchSize: mapping.batchRecords,
          batchWindowSeconds: mapping.batchWindowSeconds,
          maximumConcurrency: mapping.deliverInstances,
        }
      : {
          batchSize: mapping.sweepBatchRecords,
          batchWindowSeconds: mapping.sweepBatchWindowSeconds,
          maximumConcurrency: mapping.sweepInstances,
        }),
    trouble: () => ({ lostReceive: 0, throttled: 0, lostDelete: 0, ...scenario.mapping?.(now()) }),
    numberOf: counter(),
    invoke(Records, invocation, onEnd) {
      deliver.invoke({ Records }, invocation, (ending) => {
        history.record(kinds.ended, invocation, ending.ok ? 1 : 0);
        if (!ending.ok && ending.why === 'threw') history.record(kinds.mishap, 2);
        if (!ending.ok && ending.why === 'time-out') history.record(kinds.mishap, 3);
        onEnd(ending);
      });
    },
    observer: {
      onReceive({ message, receiveCount }, invocation) {
        history.record(kinds.received, message.number, invocation, receiveCount);
      },
      onDelete({ number }, invocation, isGone) {
        if (number >= 0) history.record(isGone ? kinds.deleted : kinds.notDeleted, number, invocation);
      },
    },
  });

  // Clients

  const intervalMs = second / scenario.pushesPerSecond;
  const { batchPushes = 1, pushesPerSecond } = scenario;
  const isEmpty = (one: SqsQueue) => {
    const { visible, inFlight, waiting } = one.counts();
    return visible + inFlight + waiting === 0;
  };
  const isDelivered = () => isEmpty(queue) && isEmpty(outcomeCounts);
  const sweep =
    order &&
    startSweep({
      ...{ seed, order, devices: pushes, planOf, scheduler, history, chanceFor, functionOptions, sqsFor },
      ...{ route: { ...routeTo('S3'), timeoutMs: 10_000 }, environment, log, plant: plant?.sweep, isDelivered },
    });
  const clients =
    sweep === undefined
      ? startClients({
          ...{ pushes, pushesPerSecond, batchPushes, planOf, accept, scheduler, history },
          chance: chanceFor('clients'),
        })
      : undefined;

  // Operators and others

  const strangerChance = chanceFor('strangers');
  const disturb = () => {
    const { strangersPerMinute = 0 } = scenario;
    if (strangersPerMinute === 0 || clients === undefined || clients.hasSentAll()) return;
    const { number } = queue.send(strangeBodies[strangerChance.below(strangeBodies.length)] ?? '');
    history.record(kinds.stored, number, -1);
    scheduler.after((minute / strangersPerMinute) * strangerChance.between(0.5, 1.5), disturb);
  };
  scheduler.after(second, disturb);
  const redrive = () => {
    for (;;) {
      const receipts = undeliverable.receive(10);
      if (receipts.length === 0) return;
      for (const { message, receiptHandle } of receipts) {
        const reading = parseQueuedPush(message.body);
        const { pushId } = message.attributes;
        if (!reading.ok || pushId === undefined) continue;
        const groupId = messageGroupOf(reading.queued.push.appId);
        const { number } = queue.send(message.body, { groupId, attributes: { pushId } });
        history.record(kinds.redriven, number, messageNumberOf(pushId.StringValue));
        undeliverable.delete(receiptHandle);
      }
    }
  };
  for (const minutes of scenario.redriveAtMinutes ?? []) scheduler.at(minutes * minute, redrive);
  const isSettled = () =>
    sweep === undefined ? clients?.haveEnded() === true && isEmpty(queue) : sweep.hasEnded() && isDelivered();
  const crashChance = chanceFor('crashes');
  const everyMinute = (minutes: number) => {
    if (isSettled()) return;
    if (minutes % 60 === 0) onHour?.(minutes / 60);
    const { crashesPerMinute = 0, deployEveryMinutes = Infinity } = scenario;
    for (let crash = 0; crash < crashesPerMinute; crash += 1) {
      scheduler.after(crashChance.between(0, minute), accept.doomNext);
      scheduler.after(crashChance.between(0, minute), deliver.doomNext);
    }
    if (minutes % deployEveryMinutes === 0) {
      accept.deploy();
      deliver.deploy();
      sweep?.deploy();
    }
    scheduler.after(minute, () => {
      everyMinute(minutes + 1);
    });
  };
  everyMinute(1);

  const lastSentAt = order === undefined ? pushes * intervalMs : order.windowMs;
  const isSound = [scenario.services, scenario.queue, scenario.mapping].every((trouble) => trouble === undefined);
  await scheduler.run(lastSentAt + (scenario.endsAfterMs ?? 2 * day));
  return {
    history,
    pushes,
    policy: deliverConfiguration.policy,
    outage,
    areServicesSound: scenario.services === undefined && order?.ticks === undefined,
    ...(sweep && { sweep: { ...sweep.evidence(), isSound } }),
    troubleEndsAtMs: scenario.troubleEndsAtMs,
    mostInFlight: queue.mostInFlight(),
    endedAt: now(),
    events: scheduler.events(),
  };
}

/** Messages that are no pushes. */
const strangeBodies = ['hello', '{}', '{"version":99,"parameters":[]}', '{"version":2,"parameters":[["verb"]]}'];

/** What no handler looks at. */
const lambda = lambdaContext();

export type { Invocation };
