import type { OutageLimits } from '../../../functions/deliver/policy/outage.ts';
import { details } from '../history.ts';

/** What an instance of `deliver` knows of the gateway: written a second time, from its answers alone. */
interface Instance {
  failures: number;
  /** The devices with a final answer since the last delivery. */
  readonly refused: Set<number>;
  /** Failures that speak against the address, since the last answer. */
  addressFaults: number;
  /** A page, which may be that of a proxy, is no proof. */
  hasDelivered: boolean;
  /** The longest Retry-After of a 429. */
  askedSeconds: number;
}

interface RunningInvocation {
  readonly instance: Instance;
  /** Whether the gateway has been suspected since the invocation began. */
  isOutage: boolean;
  /** Whether the gateway was suspected when the invocation could have made an attempt after its first one. */
  mayLeave: boolean;
  attempts: number;
  answers: number;
  /** Whether an attempt had no answer, which can speak against the address. */
  hasNoAnswer: boolean;
}

/** Which suspicions instances of `deliver` must have. */
export interface Suspicions {
  readonly start: (invocation: number, process: number) => void;
  /** Whether the invocation may make a further attempt. */
  readonly mayAttempt: (invocation: number) => boolean;
  readonly attempt: (invocation: number) => void;
  /** @param detail the seconds of Retry-After, or one of `details`. */
  readonly answer: (invocation: number, device: number, status: number, detail?: number) => void;
  /** Whether pushes without an attempt wait as if it had failed. */
  readonly isOutage: (invocation: number) => boolean;
  /** Whether the instance must suspect the gateway now. */
  readonly isSuspected: (process: number) => boolean;
  /** Whether pushes may be left without an attempt because the gateway is suspected. */
  readonly mayLeave: (invocation: number) => boolean;
  /** How long a push may wait without an attempt because the gateway asked for fewer; `undefined` if it did not. */
  readonly mayWaitSeconds: (invocation: number) => number | undefined;
  /** Whether final answers must not be believed. */
  readonly mustDoubt: (invocation: number) => boolean;
  /** Whether final answers must be believed. */
  readonly mustBelieve: (invocation: number) => boolean;
  /** Whether the invocation may call a final answer confirmed. */
  readonly mayConfirm: (invocation: number) => boolean;
  readonly end: (invocation: number) => void;
  readonly die: (process: number) => void;
}

/** As the rule says, and not taken from the code that is tested. */
const maxConfirmedRefusals = 3;
const suspectAddressFaults = 2;

export function createSuspicions({ outageFailures, suspectFinalAnswers }: OutageLimits): Suspicions {
  const instances = new Map<number, Instance>();
  const invocations = new Map<number, RunningInvocation>();
  const isAddressSuspected = ({ refused }: Instance) => refused.size >= suspectFinalAnswers;
  const isSuspected = (instance: Instance) =>
    instance.failures >= outageFailures ||
    instance.addressFaults >= suspectAddressFaults ||
    isAddressSuspected(instance);
  return {
    start(invocation, process) {
      const instance = instances.get(process) ?? {
        failures: 0,
        addressFaults: 0,
        refused: new Set(),
        hasDelivered: false,
        askedSeconds: -1,
      };
      instances.set(process, instance);
      const isOutage = isSuspected(instance);
      invocations.set(invocation, {
        ...{ instance, isOutage, mayLeave: isOutage, attempts: 0, answers: 0, hasNoAnswer: false },
      });
    },
    mayAttempt(invocation) {
      const running = invocations.get(invocation);
      return running === undefined || !running.isOutage || running.attempts === 0;
    },
    attempt(invocation) {
      const running = invocations.get(invocation);
      if (running !== undefined) running.attempts += 1;
    },
    answer(invocation, device, status, detail: number = details.none) {
      const running = invocations.get(invocation);
      if (running === undefined) return;
      const { instance } = running;
      if (status !== 0) instance.addressFaults = 0;
      else if (detail === details.addressFault) instance.addressFaults += 1;
      if (status === 0) running.hasNoAnswer = true;
      if (status === 429) instance.askedSeconds = Math.max(0, instance.askedSeconds, detail);
      if (status >= 200 && status < 300) {
        instance.failures = 0;
        instance.refused.clear();
        if (detail !== details.page) instance.hasDelivered = true;
      } else if (isFinal(status)) {
        instance.failures = 0;
        if (!isAddressSuspected(instance)) instance.refused.add(device);
      } else instance.failures += 1;
      const isStill = isSuspected(instance);
      // The first attempt in an outage is a probe, which the others wait for.
      running.mayLeave = isStill || (running.answers > 0 && running.mayLeave);
      running.answers += 1;
      running.isOutage &&= isStill;
    },
    isOutage(invocation) {
      const running = invocations.get(invocation);
      return running !== undefined && isSuspected(running.instance);
    },
    isSuspected(process) {
      const instance = instances.get(process);
      return instance !== undefined && isSuspected(instance);
    },
    mayLeave: (invocation) => invocations.get(invocation)?.mayLeave !== false,
    mayWaitSeconds(invocation) {
      const { askedSeconds = -1 } = invocations.get(invocation)?.instance ?? {};
      return askedSeconds < 0 ? undefined : 1.1 * askedSeconds;
    },
    mustDoubt(invocation) {
      const running = invocations.get(invocation);
      return running !== undefined && isAddressSuspected(running.instance);
    },
    mustBelieve(invocation) {
      const running = invocations.get(invocation);
      return running !== undefined && !running.hasNoAnswer && !isAddressSuspected(running.instance);
    },
    mayConfirm(invocation) {
      const running = invocations.get(invocation);
      if (running === undefined) return true;
      const { hasDelivered, refused } = running.instance;
      return hasDelivered && refused.size <= maxConfirmedRefusals;
    },
    end(invocation) {
      invocations.delete(invocation);
    },
    die(process) {
      instances.delete(process);
    },
  };
}

/** Whether no later attempt can have another answer. */
export function isFinal(status: number): boolean {
  return status >= 300 && status < 500 && ![408, 425, 429].includes(status);
}
