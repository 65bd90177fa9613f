import type { Parameter } from '../../shared/push/form.ts';
import type { RegisteredDevice } from '../../shared/registry/device.ts';
import { appOfOne } from './credentials.ts';
import type { SentPush } from './oracle.ts';

/** Accounts with two devices, with one, with none, and with names that are not valid. */
export const accounts = ['alice', 'bob!', 'Jörg', 'a b c', 'nobody', '#idempotency#x', ' ', '', '😀', 'x'.repeat(257)];

/** The registry of a fuzz run: an account has as many devices as its length modulo 3. Their tokens contain its name. */
export function devicesOf(account: string): RegisteredDevice[] {
  const appIds = [appOfOne, 'com.example.other'].slice(0, account.length % 3);
  return appIds.map((appId) => ({
    ...{ account, appId, deviceToken: Buffer.from(account).toString('hex'), selector: `S:${appId}` },
    ...{ firstSeenMs: 0, lastSeenMs: 0 },
  }));
}

/** The devices of an account to which this client may push. */
export function devicesFor(account: string, client: string | undefined): RegisteredDevice[] {
  return devicesOf(account).filter(({ appId }) => client !== 'one' || appId === appOfOne);
}

/** The account of an account push; undefined if it is to a device. */
export function accountOf({ parameters }: SentPush): string | undefined {
  return parameters.find(([name]) => name === 'Account')?.[1];
}

/** The push that an account push becomes for a device. */
export function pushTo(device: Pick<RegisteredDevice, 'appId' | 'deviceToken' | 'selector'>, push: SentPush): SentPush {
  const { appId, deviceToken, selector } = device;
  const parameters = push.parameters.flatMap((parameter): Parameter[] =>
    parameter[0] === 'Account'
      ? [
          ['AppId', appId],
          ['DeviceToken', deviceToken],
          ['Selector', selector],
        ]
      : [parameter],
  );
  return { ...push, parameters };
}
