import { encodeForm } from '../../../shared/push/form.ts';
import type { AttemptContent } from '../models/gateway.ts';
import { contentOfForm, createPushPlan, defaultMix, type PlannedPush } from '../pushes.ts';
import { createDevicePlan, deviceOfBody, deviceOfForm } from '../sweep-list.ts';
import type { RunOptions } from './base.ts';

/** The pushes of a run, and how to find them again. */
export interface Contents {
  readonly planOf: (number: number) => PlannedPush;
  /** The push of a message of the queue `pushes`, which a task of `accept` sends; -1 if there is none. */
  readonly pushOfBody: (body: string, task: number) => number;
  /** The push of a message of the queue `sweeps`. */
  readonly pushOfSweepBody: (body: string) => number;
  /** What the gateway gets, unless nobody sent it. */
  readonly readForm: (form: string) => AttemptContent | undefined;
}

/** Creates the plan of the pushes of clients, or of a sweep. */
export function createContents({ seed, pushes, scenario }: RunOptions): Contents {
  const { mix, sweep: order, batchPushes = 1 } = scenario;
  const planOf = order === undefined ? createPushPlan(seed, { ...defaultMix, ...mix }) : createDevicePlan(seed, mix);
  return {
    planOf,
    pushOfBody(body, task) {
      if (batchPushes === 1) return task;
      // That with this content, of the batch that begins with the task.
      const content = deviceOfBody(body);
      const numbers = Array.from({ length: batchPushes }, (_none, index) => task + index);
      return numbers.find((number) => planOf(number).content === content) ?? -1;
    },
    pushOfSweepBody: deviceOfBody,
    readForm(form) {
      const content = order === undefined ? contentOfForm(form) : deviceOfForm(form);
      if (!(content >= 0 && content < pushes)) return undefined;
      const push = planOf(content);
      return { content, isIntact: encodeForm(push.parameters) === form, push };
    },
  };
}
