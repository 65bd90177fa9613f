import type { Gateway } from '../../../functions/deliver/gateway.ts';
import { NoAnswerError } from '../../../functions/deliver/no-answer-error.ts';
import { details } from '../history.ts';
import type { Chance } from '../kernel/chance.ts';
import type { Process } from '../kernel/process.ts';
import type { Scheduler } from '../kernel/scheduler.ts';

/** What the gateway does with one attempt. */
export type Behaviour =
  /** It takes the push and confirms it. */
  | { readonly kind: 'take'; readonly ms: number; readonly style?: 'text' | 'json' | 'page' }
  /** It confirms a push that it does not take. */
  | { readonly kind: 'pretend'; readonly ms: number; readonly style: 'text' | 'page' }
  /** It does not take the push, and says so by status, or by status 200 with the real one in its body. */
  | {
      readonly kind: 'answer';
      readonly ms: number;
      readonly status: number;
      readonly inBody?: boolean;
      readonly retryAfterSeconds?: number;
      /** Whether Retry-After is a date. */
      readonly isDate?: boolean;
    }
  /** It does not take the push, and its connection closes within the body of a 200. */
  | { readonly kind: 'cut'; readonly ms: number }
  /** It takes the push and answers as if it had not. */
  | { readonly kind: 'take and deny'; readonly ms: number; readonly status: number }
  /** It takes the push, and its answer never comes. */
  | { readonly kind: 'take and hang' }
  /** Nothing comes back. */
  | { readonly kind: 'hang' }
  /** The connection is refused, or cut before the request was read. */
  | { readonly kind: 'refuse'; readonly ms: number }
  /** The name is not found, or the certificate is not valid. */
  | { readonly kind: 'address fault'; readonly ms: number };

export interface AttemptContent {
  readonly content: number;
  /** Whether the body is what was sent. */
  readonly isIntact: boolean;
  readonly push: { readonly appId: string; readonly isDead: boolean; readonly isRefused: boolean };
}

export interface GatewayModel {
  readonly scheduler: Scheduler;
  readonly attemptTimeoutMs: number;
  readonly chance: Chance;
  /** How long a request is on its way. */
  readonly requestMs: () => number;
  readonly read: (body: string) => AttemptContent | undefined;
  readonly behave: (attempt: AttemptContent, at: number) => Behaviour;
  readonly onAttempt: (attempt: AttemptContent | undefined, isTaken: boolean, process: Process) => void;
  /** @param detail the seconds of Retry-After, or one of `details`. */
  readonly onAnswer: (content: number, status: number, detail: number, process: Process) => void;
}

/** The gateway as one instance of `deliver` sees it. */
export function createGatewayClient(process: Process, model: GatewayModel): Gateway {
  const { scheduler, attemptTimeoutMs, requestMs, read, behave, onAttempt, onAnswer } = model;
  const noAnswer = new NoAnswerError('no complete answer in time');
  return {
    post: (body, limitMs = attemptTimeoutMs) =>
      process.wait((resolve, reject) => {
        const deadline = scheduler.now() + limitMs;
        const later = (ms: number, event: () => void) => {
          scheduler.at(Math.min(scheduler.now() + ms, deadline), event);
        };
        scheduler.after(requestMs(), () => {
          // The request of a process that has died meanwhile is cut off.
          if (!process.isAlive()) return;
          const attempt = read(body);
          if (attempt === undefined) {
            onAttempt(undefined, false, process);
            resolve({ status: 400, body: '' });
            return;
          }
          const behaviour = behave(attempt, scheduler.now());
          const isTaken = behaviour.kind.startsWith('take');
          onAttempt(attempt, isTaken, process);
          const { content } = attempt;
          const answer = (
            ms: number,
            status: number,
            http: number,
            text: string,
            retryAfterSeconds?: number,
            isDate = false,
          ) => {
            if (scheduler.now() + ms >= deadline) {
              hang();
              return;
            }
            later(ms, () => {
              if (!process.isAlive()) return;
              onAnswer(
                content,
                status,
                retryAfterSeconds ?? (text === takenTexts.page ? details.page : details.none),
                process,
              );
              const retryAfter =
                retryAfterSeconds === undefined
                  ? {}
                  : { retryAfter: isDate ? dateIn(retryAfterSeconds, process) : String(retryAfterSeconds) };
              resolve({ status: http, body: text, ...retryAfter });
            });
          };
          const fail = (ms: number, error: NoAnswerError) => {
            later(ms, () => {
              if (!process.isAlive()) return;
              onAnswer(content, 0, error.isAddressFault ? details.addressFault : details.none, process);
              reject(error);
            });
          };
          const hang = () => {
            fail(Infinity, noAnswer);
          };
          switch (behaviour.kind) {
            case 'take':
              answer(behaviour.ms, 200, 200, takenTexts[behaviour.style ?? 'json']);
              break;
            case 'answer': {
              const { ms, status, inBody = false, retryAfterSeconds, isDate } = behaviour;
              const text = `{"code":${String(status)},"response":"not taken"}`;
              answer(ms, status, inBody ? 200 : status, inBody ? text : 'not taken', retryAfterSeconds, isDate);
              break;
            }
            case 'cut':
              later(behaviour.ms, () => {
                if (!process.isAlive()) return;
                onAnswer(content, 0, details.none, process);
                resolve({ status: 200, body: '{"code":', failure: 'the connection was closed' });
              });
              break;
            case 'pretend':
              answer(behaviour.ms, 200, 200, takenTexts[behaviour.style]);
              break;
            case 'take and deny':
              answer(behaviour.ms, behaviour.status, behaviour.status, '');
              break;
            case 'take and hang':
            case 'hang':
              hang();
              break;
            case 'refuse':
              fail(behaviour.ms, connectionRefused);
              break;
            case 'address fault':
              fail(behaviour.ms, nameNotFound);
              break;
            default:
              behaviour satisfies never;
          }
        });
      }),
  };
}

/** An HTTP date has whole seconds: this one is up to a second before the time. */
function dateIn(seconds: number, process: Process): string {
  return new Date(process.now() + seconds * 1000).toUTCString();
}

// An error has a stack, which costs too much for each attempt.
const connectionRefused = new NoAnswerError('the gateway refused the connection (ECONNREFUSED)');
const nameNotFound = new NoAnswerError(
  'the host name of the gateway was not found (ENOTFOUND)',
  undefined,
  false,
  true,
);

const takenTexts = {
  text: 'OK',
  json: '{"code":200,"response":"OK"}',
  page: '<!DOCTYPE html><html><body>OK</body></html>',
} as const;
