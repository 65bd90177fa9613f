import { describe, expect, it } from 'vitest';
import { signalOf } from '../../../../functions/deliver/policy/signal.ts';
import { pushWith } from '../../../support/pushes.ts';

describe('the signal of a push', () => {
  it('is shared by pushes that say the very same', () => {
    expect(signalOf(pushWith())).toBeDefined();
    expect(signalOf(pushWith())).toBe(signalOf(pushWith()));
    const reprovision = { verb: 'NotifyReprovision', Selector: undefined };
    expect(signalOf(pushWith(reprovision))).toBe(signalOf(pushWith(reprovision)));
  });

  it.each([
    { DeviceToken: 'another' },
    { AppId: 'another' },
    { Selector: 'another' },
    { Badge: '2' },
    { verb: 'NotifyReprovision' },
  ])('is not shared where %j differs', (difference) => {
    expect(signalOf(pushWith(difference))).not.toBe(signalOf(pushWith()));
  });

  it('is not had by a text that is shown, nor by a verb that is not known', () => {
    expect(signalOf(pushWith({ verb: 'NotifyGenericTextMessage', Message: 'Hello' }))).toBeUndefined();
    expect(signalOf(pushWith({ verb: 'NotifyOther' }))).toBeUndefined();
  });
});
