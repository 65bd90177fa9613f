import { createAnswerOnce } from '../../../functions/accept/answer-once.ts';
import { createRegistry } from '../../../shared/registry/registry.ts';
import { createColumn } from '../rules/columns.ts';
import { kinds } from '../history.ts';
import { createProcess } from '../kernel/process.ts';
import { withClock, withoutClock } from '../kernel/real-time.ts';
import type { TableWrite } from '../models/dynamodb-client.ts';
import { createAccounts } from '../requests/accounts.ts';
import { startRequestClients } from '../requests/clients.ts';
import { createRequestPlan, defaultHabits, type RequestHabits, type RequestPlan } from '../requests/plan.ts';
import { createTableRecorder } from '../requests/recorder.ts';
import { startRegistrations } from '../requests/registrations.ts';
import { second } from '../scenario.ts';
import type { Clients } from '../pushes/clients.ts';
import type { AcceptFunction, TableOfCall } from './accept.ts';
import { epochMs, type Base } from './base.ts';
import type { Services } from './services.ts';

/** The requests of a run whose clients name them, and push to accounts. */
export interface Requests {
  readonly plan: RequestPlan;
  /** The device of a push: of an account, or one that gets no other push. */
  readonly deviceOfPush: (push: number) => number;
  /** Tells that a call has put a push on the queue. */
  readonly onQueued: (message: number, call: number, push: number) => void;
  readonly tableFor: TableOfCall;
  /** Fills the table, and starts the clients. */
  readonly start: (services: Services, accept: AcceptFunction) => Clients;
}

/** When the first client sends its first request: once the table is filled. */
const startMs = second;

/** Creates the requests of a run whose scenario has them. */
export function createRequests(base: Base): Requests | undefined {
  const { options, scheduler, history, chanceFor, functionOptions } = base;
  const { seed, pushes, scenario, plant } = options;
  const { requests: order, mix = {}, pushesPerSecond } = scenario;
  if (order === undefined) return undefined;
  const habits: RequestHabits = { ...defaultHabits, ...order };
  const accounts = createAccounts(seed, pushes);
  const plan = createRequestPlan(seed, pushes, mix, habits, accounts);
  const pushOfMessage = createColumn(-1);
  const onWrite = createTableRecorder(history, accounts, () => epochMs + scheduler.now());
  const tableName = 'devices';
  return {
    plan,
    deviceOfPush(push) {
      const device = plan.deviceOf(push);
      return device === -1 ? accounts.devices + push : device;
    },
    onQueued(message, call, push) {
      pushOfMessage.set(message, push);
      history.record(kinds.queued, message, call, push);
    },
    tableFor({ dynamoDbFor }, process, call) {
      const model = dynamoDbFor(process, (write: TableWrite) => {
        onWrite(write, call);
      });
      const { client, documents } = plant?.table?.(model) ?? model;
      const registry = createRegistry(documents, tableName, process.now);
      const answerOnce = createAnswerOnce(client, tableName, process.startTimer);
      return {
        devicesOf: (account, abortSignal) => registry.devicesOf(account, abortSignal),
        answerOnce: (request, accept) => withClock(process.now, () => answerOnce(request, () => withoutClock(accept))),
      };
    },
    start({ dynamoDbFor }, accept) {
      const process = createProcess({
        ...{ id: functionOptions.numberOf(), scheduler, epochMs, chance: chanceFor('registrations') },
        ...{ deathProbability: () => 0, onDeath: () => undefined },
      });
      const { documents } = dynamoDbFor(process, (write) => {
        onWrite(write, -1);
      });
      const clients = startRequestClients({
        ...{ plan, habits, startMs, pushesPerSecond, accept, scheduler, history, chance: chanceFor('clients') },
        pushOfMessage: pushOfMessage.get,
      });
      startRegistrations({
        ...{ accounts, process, scheduler, chance: chanceFor('registrations'), isOver: clients.hasSentAll },
        registry: createRegistry(documents, tableName, process.now),
      });
      return clients;
    },
  };
}
