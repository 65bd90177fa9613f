import { encodeForm } from '../../../shared/push/form.ts';
import type { AttemptContent } from '../models/gateway.ts';
import { contentOfForm, createPushPlan, defaultMix, type PlannedPush } from '../pushes/push-plan.ts';
import { createDevicePlan, deviceOfBody, pushOfBody, pushOfForm } from '../sweeps/sweep-list.ts';
import { pushOfRequestBody, pushOfRequestForm, type RequestPlan } from '../requests/plan.ts';
import type { SweepOrder } from '../scenario.ts';
import type { RunOptions } from './base.ts';
import type { Handsets } from './handsets.ts';

/** The pushes of a run: the first are those of sweeps, the others those of clients. */
export interface Division {
  readonly sweeps: number;
  /** The devices of each sweep. */
  readonly devices: number;
  readonly firstOfClients: number;
}

/** The pushes of a run, and how to find them again. */
export interface Contents {
  readonly division: Division;
  readonly planOf: (number: number) => PlannedPush;
  /** The push of a message of the queue `pushes`, which a task of `accept` sends; -1 if there is none. */
  readonly pushOfBody: (body: string, task: number) => number;
  /** The push of a message of the queue `sweeps`. */
  readonly pushOfSweepBody: (body: string) => number;
  /** What the gateway gets, unless nobody sent it. */
  readonly readForm: (form: string) => AttemptContent | undefined;
  /** Tells that the gateway got it. */
  readonly onAttempt: (content: number, isTaken: boolean) => void;
}

/**
 * Creates the plan of the pushes of sweeps and clients, those of clients perhaps to devices of the registry.
 * @param requests the plan of clients that name their requests.
 */
export function createContents(
  { seed, pushes, scenario }: RunOptions,
  handsets: Handsets | undefined,
  requests: RequestPlan | undefined,
): Contents {
  const { mix, sweep: order, batchPushes = 1 } = scenario;
  const division = divide(pushes, order);
  const { devices, firstOfClients } = division;
  const planOfClients = handsets?.plan.planOf ?? createPushPlan(seed, { ...defaultMix, ...mix }, firstOfClients);
  const planOfSweeps = createDevicePlan(seed, devices, { ...mix, ...order?.mix });
  const planOf = (number: number) => (number < firstOfClients ? planOfSweeps : planOfClients)(number);
  return {
    division,
    planOf,
    pushOfBody(body, task) {
      if (batchPushes === 1) return task;
      // That with this content, of the batch that begins with the task.
      const content = deviceOfBody(body);
      const numbers = Array.from({ length: batchPushes }, (_none, index) => task + index);
      return numbers.find((number) => planOf(number).content === content) ?? -1;
    },
    pushOfSweepBody: (body) => pushOfBody(body, devices),
    readForm(form) {
      const ofClient = contentOfForm(form);
      const content = Number.isNaN(ofClient) ? pushOfForm(form, devices) : ofClient;
      if (!(content >= 0 && content < pushes)) return undefined;
      const push = planOf(content);
      const isDead = handsets?.apps.isDead(handsets.plan.deviceOfPush(content)) ?? push.isDead;
      return { content, isIntact: encodeForm(push.parameters) === form, push: { ...push, isDead } };
    },
    onAttempt(content, isTaken) {
      handsets?.apps.onAttempt(handsets.plan.deviceOfPush(content), isTaken);
    },
    ...(requests && {
      planOf: requests.planOf,
      pushOfBody: (body) => pushOfRequestBody(requests, body),
      readForm: (form) => pushOfRequestForm(requests, form),
    }),
  };
}

function divide(pushes: number, order: SweepOrder | undefined): Division {
  if (order === undefined) return { sweeps: 0, devices: 0, firstOfClients: 0 };
  const sweeps = order.isRepeated === true ? 2 : 1;
  const devices = Math.floor((pushes * (1 - (order.clientShare ?? 0))) / sweeps);
  return { sweeps, devices, firstOfClients: sweeps * devices };
}
