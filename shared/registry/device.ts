import { hash } from 'node:crypto';

/** A device as the app of an account has reported it. One device is registered once for each account of its app. */
export interface RegisteredDevice {
  readonly account: string;
  readonly appId: string;
  readonly deviceToken: string;
  readonly selector: string;
  /** The pair for incoming calls. It is kept apart, and never used for the pushes of the relay. */
  readonly call?: { readonly appId: string; readonly deviceToken: string };
  readonly platform?: string;
  readonly version?: string;
  readonly firstSeenMs: number;
  /** The last report that was written: an unchanged device is written at most once a day. */
  readonly lastSeenMs: number;
}

/** What an app reports of a device. */
export type ReportedDevice = Omit<RegisteredDevice, 'firstSeenMs' | 'lastSeenMs'>;

/** What names a device. */
export type DeviceName = Pick<RegisteredDevice, 'appId' | 'deviceToken'>;

/** The key of a device within its account: short, whatever the length of the token. Logs show the beginning of it. */
export function deviceKeyOf({ appId, deviceToken }: DeviceName): string {
  // The NUL distinguishes ("ab", "c") from ("a", "bc"). Neither part contains one, because validation refuses it.
  return hash('sha256', `${appId}\0${deviceToken}`);
}

/** Limits of what an app may report, in characters. No known value comes near them. */
export const deviceBounds = {
  account: 256,
  appId: 128,
  deviceToken: 1024,
  selector: 256,
  platform: 64,
  version: 64,
} as const;
