import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Gateway } from '../../../functions/deliver/gateway.ts';
import { NoAnswerError } from '../../../functions/deliver/no-answer-error.ts';
import { patience } from '../../support/patience.ts';
import { clientOf } from '../../support/raw-gateway.ts';
import { honestBody, scripts, serveScripts } from '../../support/scripted-peer.ts';

const form = 'verb=NotifyReprovision&AppId=a&DeviceToken=t';
const attemptTimeoutMs = 100;
/** What a busy machine may need beyond the time limit. The next limit, that of a connection, is 20 s. */
const marginMs = 3000;

/** The body of the answer, or the words of the error. Fails if there is neither in time. */
async function settle(gateway: Gateway): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(reject, attemptTimeoutMs + marginMs, new Error('the post does not settle'));
  });
  const settled = gateway.post(form).then(
    ({ body }) => body,
    (error: unknown) => {
      expect(error).toBeInstanceOf(NoAnswerError);
      return String(error);
    },
  );
  return Promise.race([settled, overdue]).finally(() => {
    clearTimeout(timer);
  });
}

describe('whatever the gateway does on a connection', () => {
  it(
    'each post settles in time, no error escapes, and a later post succeeds',
    async () => {
      const escaped: unknown[] = [];
      const onEscape = (error: unknown) => escaped.push(error);
      process.on('uncaughtException', onEscape).on('unhandledRejection', onEscape);
      onTestFinished(() => {
        process.off('uncaughtException', onEscape).off('unhandledRejection', onEscape);
      });
      await fc.assert(
        fc.asyncProperty(fc.array(scripts, { minLength: 1, maxLength: 4 }), async (scripted) => {
          const { url } = await serveScripts(scripted);
          const gateway = clientOf(url, { attemptTimeoutMs, maxConnections: 2 });
          await Promise.all(scripted.map(() => settle(gateway)));
          // Not always the next one: a kept connection can hold the rest of its script.
          await expect.poll(() => settle(gateway), { ...patience, interval: 1 }).toBe(honestBody);
          expect(escaped).toEqual([]);
        }),
      );
    },
    2 * patience.timeout,
  );
});
