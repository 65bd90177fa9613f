import type { FauxqsServer } from 'fauxqs';
import type { Environment } from '../../shared/environment.ts';
import { encodeForm } from '../../shared/push/form.ts';
import { encodeJson } from '../../shared/push/json.ts';
import type { Plans } from '../../shared/sweeps/plan-state.ts';
import type { ShownBehaviour, ShownPush, ShownPushes, StackInfo } from './api.ts';
import { behaviourApi } from './http/behaviour-api.ts';
import { createCli } from './cli.ts';
import { deadLettersApi } from './http/dead-letters-api.ts';
import { createDeadLetters } from './dead-letters.ts';
import { startGateway } from './gateway/gateway.ts';
import { intakeApi } from './http/intake-api.ts';
import { createLive } from './http/live.ts';
import { createPhoneApp, type PhoneAppOptions } from './phone-app.ts';
import { phonesApi } from './http/phones-api.ts';
import { createPhones } from './phones.ts';
import { createPushes, type Change } from './pushes.ts';
import { createRates } from './rates.ts';
import { createSamples, inspectQueues } from './samples.ts';
import { startServer } from './http/server.ts';
import { sweepsApi } from './http/sweeps-api.ts';
import { createSweeps } from './sweeps.ts';
import { watchLogLine, watchQueues, type QueueNames } from './watch.ts';

export interface SandboxOptions {
  /** 0 for any free port. */
  readonly port: number;
  readonly gatewayPort: number;
  /** How many of the newest pushes and attempts are kept. */
  readonly kept: number;
  /** What the page is told of the stack. @param sandboxUrl the address of the sandbox's own gateway. */
  readonly describe: (sandboxUrl: string) => StackInfo;
  readonly onChange: (push: ShownPush, change: Change) => void;
  /** Called when the sandbox begins to drop pushes. */
  readonly onFirstDrop: () => void;
  /** Called when the gateway behaves in another way. */
  readonly onBehaviour: (behaviour: ShownBehaviour) => void;
  /** What the apps of the phones report to. */
  readonly registry: Pick<PhoneAppOptions, 'devicesUrl' | 'secret'>;
  readonly now: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
}

/** What the sandbox needs of a running local stack to see what happens in it and to act on it. */
export interface StackConnection {
  readonly aws: FauxqsServer;
  readonly queues: QueueNames;
  /** The variables for commands of the CLI, with the ports of the stack. */
  readonly environment: Environment;
  /** The bucket of the sweeps. */
  readonly plans: Plans;
  /** Invokes `sweep`. */
  readonly tick: () => Promise<void>;
  readonly onError: (error: Error) => void;
}

export type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

/** Starts the gateway and the page that shows what happens to each push. */
export async function startSandbox(options: SandboxOptions) {
  const { port, gatewayPort, kept, describe, onChange, onFirstDrop, onBehaviour, registry, now, random } = options;
  const samples = createSamples();
  const rates = createRates(now);
  const deadLetters = createDeadLetters();
  const sweeps = createSweeps(rates);
  let connection: Pick<StackConnection, 'environment' | 'tick'> | undefined;
  const cli = createCli(() => connection?.environment);
  let commandEnded = Promise.resolve();
  const pushes = createPushes({
    ...{ kept, now, onFirstDrop },
    encode: (parameters) => (stack.gatewayFormat === 'form' ? encodeForm : encodeJson)(parameters),
    onChange(push, change) {
      samples.count(change);
      rates.count(push, change);
      onChange(push, change);
      live.notify();
    },
  });
  const phones = createPhones({
    now,
    onChange: () => {
      live.notify();
    },
  });
  const gateway = await startGateway({
    ...{ port: gatewayPort, kept, isDead: phones.isDead, now, random },
    onRequest(request) {
      const attempted = pushes.requested(request);
      return (status) => {
        attempted(status);
        phones.answered(request, status);
      };
    },
    onBehaviour(behaviour) {
      onBehaviour(behaviour);
      live.notify();
    },
  });
  const gatewayUrl = `http://127.0.0.1:${String(gateway.port)}/pnm2`;
  const stack = describe(gatewayUrl);
  const sources = {
    pushes: { version: pushes.revision, read: (since: number) => brief(pushes.changedSince(since)) },
    samples: samples.samples,
    queues: samples.queues,
    ...{ deadLetters, sweeps },
    phones: { version: phones.revision, read: phones.changedSince },
    behaviour: { version: gateway.behaviourVersion, read: gateway.behaviour },
  };
  const live = createLive(sources, stack, now().toString(36));
  const parts = [
    behaviourApi(gateway, stack.isSandboxed),
    intakeApi(stack.pushUrl),
    deadLettersApi(deadLetters, cli),
    sweepsApi({
      ...{ sweeps, cli, now, knownVerbs: stack.verbs },
      tick: async () => connection?.tick(),
    }),
    phonesApi({ phones, app: createPhoneApp({ ...registry, now }), isSandboxed: stack.isSandboxed, random }),
  ];
  const server = await startServer({ port, gateway, pushes, live, parts });

  return {
    port: server.port,
    gatewayUrl,
    gatewayPort: gateway.port,
    /** Takes a line of a function's log. */
    takeLogLine: (line: string) => {
      watchLogLine(line, pushes);
    },
    /**
     * Follows the queues and the sweeps of the local stack, and lets the page run commands of the CLI.
     * @returns a function to invoke `deliver` through, which follows its batches; and one that ends all of this.
     */
    connect({ aws, queues, plans, onError, ...stackConnection }: StackConnection) {
      connection = stackConnection;
      const watchBatch = watchQueues(aws, queues, pushes, now);
      sweeps.follow(aws);
      const everySecond = setInterval(() => {
        const inspected = inspectQueues(aws, queues);
        samples.take(inspected, pushes.isAttempting, now());
        deadLetters.take(aws, queues.undeliverable);
        pushes.scheduled(inspected, deadLetters.has);
        live.notify();
        sweeps.take(plans, now()).then(live.notify, (error: unknown) => {
          onError(error instanceof Error ? error : new Error(String(error)));
        });
      }, 1000);
      return {
        watchBatch,
        /** Begins to end the command that is running. `stop` of the sandbox waits for it. */
        stop: () => {
          clearInterval(everySecond);
          connection = undefined;
          commandEnded = cli.stop();
        },
      };
    },
    stop: async () => {
      await Promise.all([server.stop(), gateway.stop(), commandEnded]);
    },
  };
}

/** The pushes with their newest attempt only: in an outage each has a hundred, and changes with each of them. */
function brief({ pushes, ...rest }: ShownPushes): ShownPushes {
  const briefly = pushes.map((push) => {
    const attempts = push.attempts.slice(-1);
    return { ...push, attempts, olderAttempts: push.olderAttempts + push.attempts.length - attempts.length };
  });
  return { pushes: briefly, ...rest };
}
