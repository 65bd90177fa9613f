import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageGroupOf } from '../../../shared/push/queued-push.ts';

describe('the message group of an app', () => {
  it.each(['com.cloudsoftphone.app', 'cz.acrobits.softphone.cloudphone', 'a', 'A_b-c:d', 'x'.repeat(128)])(
    'is the AppId where SQS takes it: %s',
    (appId) => {
      expect(messageGroupOf(appId)).toBe(appId);
    },
  );

  it('is always one that SQS takes, and another for another app', () => {
    const appId = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(appId, appId, (one, other) => {
        expect(messageGroupOf(one)).toMatch(/^[\x21-\x7E]{1,128}$/);
        expect(messageGroupOf(one) === messageGroupOf(other)).toBe(one === other);
      }),
    );
  });
});
