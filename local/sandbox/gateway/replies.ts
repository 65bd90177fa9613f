import { judge, type Behaviour } from './behaviour.ts';
import { treatmentOf } from './token-words.ts';
import { statement, type SandboxAnswer, type Wire } from './wire.ts';

export interface RepliesOptions {
  /** For how many pushes failures are counted. */
  readonly kept: number;
  /** Whether a device is no longer registered. */
  readonly isDead: (appId: string, deviceToken: string) => boolean;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly now: () => number;
}

interface Request {
  readonly body: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** What the gateway does with a push. */
interface Reply {
  /** Absent: it closes the connection. */
  readonly answer?: SandboxAnswer;
  readonly headers?: Record<string, string>;
  readonly afterMs?: number;
}

/** Chooses what the gateway does with each push: by its parameters, by the behaviour, and then by its device. */
export function createReplies({ kept, isDead, random, now }: RepliesOptions) {
  /** The number of failed attempts of a push, by its body. */
  const failures = new Map<string, number>();
  /** When the pushes came that count for the limit. */
  let takenMs: readonly number[] = [];

  /** Whether an attempt is one of the first `times` of its push. */
  const isFailure = (body: string, times: number): boolean => {
    if (times === Infinity) return true;
    const failed = failures.get(body) ?? 0;
    failures.delete(body);
    if (failed >= times) return false;
    failures.set(body, failed + 1);
    // Many may never be attempted again.
    for (const oldest of failures.keys()) {
      if (failures.size <= kept) break;
      failures.delete(oldest);
    }
    return true;
  };

  const replyTo = ({ body, parameters }: Request, { requiresSelector, answer }: Wire, behaviour: Behaviour): Reply => {
    const required = ['verb', 'AppId', 'DeviceToken'];
    if (requiresSelector(parameters['verb'])) required.push('Selector');
    const missing = required.filter((name) => !parameters[name]);
    if (missing.length > 0) return { answer: answer(400, `Missing: ${missing.join(', ')}`) };

    const judged = judge(behaviour, takenMs, random(), now());
    takenMs = judged.takenMs;
    switch (judged.judgement.kind) {
      case 'pass':
        break;
      case 'limit': {
        const headers = { 'retry-after': String(judged.judgement.retryAfterSeconds) };
        return { answer: answer(429, 'The gateway is set to take fewer pushes a second.'), headers };
      }
      case 'fail':
        return { answer: answer(judged.judgement.status, 'The gateway is set to fail.') };
      default:
        judged.judgement satisfies never;
    }

    const { AppId: appId = '', DeviceToken: deviceToken = '' } = parameters;
    const unregistered = statement(404, 'The token is not registered.');
    if (isDead(appId, deviceToken)) return { answer: unregistered };
    const treatment = treatmentOf(deviceToken);
    switch (treatment.kind) {
      case 'accept':
        return { answer: answer(200, 'OK'), afterMs: treatment.afterMs };
      case 'fail': {
        const { status, times = Infinity } = treatment;
        if (!isFailure(body, times)) return { answer: answer(200, 'OK') };
        const isRedirect = status >= 300 && status < 400;
        return {
          answer: answer(status, 'The DeviceToken asks for this status.'),
          ...(isRedirect && { headers: { location: '/' } }),
        };
      }
      case 'unregistered':
        return { answer: unregistered };
      case 'refuse':
        return { answer: answer(400, treatment.words) };
      case 'reset':
        return {};
      default:
        return treatment satisfies never;
    }
  };

  return {
    replyTo,
    /** Forgets how often pushes have failed. */
    forget: () => {
      failures.clear();
    },
  };
}
