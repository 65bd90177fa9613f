import { createHash } from 'node:crypto';
import type { ListedDevice } from '../../shared/sweeps/list/device.ts';
import { choose, seededRandom } from './random.ts';

/** A list as SIPIS exports it, with every kind of row that such lists contain, and what a sweep does with it. */
export interface SipisExport {
  readonly text: string;
  /** Rows, without the header. */
  readonly rows: number;
  /** The devices that get one push each. */
  readonly devices: readonly ExportedDevice[];
  /** Rows of a device that an earlier row has, with another account. */
  readonly duplicates: number;
  /** The refused rows, in the order of their lines. */
  readonly refused: readonly { readonly line: number; readonly reason: string }[];
}

export interface ExportedDevice extends ListedDevice {
  /** The app was not used for a year or more. The device gets its push unless the plan leaves it out. */
  readonly isDead: boolean;
}

export interface SipisExportOptions {
  readonly rows?: number;
  readonly seed?: number;
  /** Milliseconds since the epoch: when it was exported. */
  readonly nowMs?: number;
  /** The devices for calls have this AppId with `.pushkit` appended. */
  readonly appId?: string;
}

const dayMs = 86_400_000;

/** The number of rows of each kind in a hundred. */
const kinds = { device: 55, call: 12, again: 12, dead: 12, empty: 4, broken: 5 } as const;

/** Kinds of broken rows: their fields, and the reason why they are refused. */
const breakages = [
  { of: ({ selector, appId }: ListedDevice) => [selector, appId], reason: 'The row has 2 fields, the header has 4.' },
  {
    of: ({ selector, appId, deviceToken, lastSeen }: ListedDevice) => [selector, appId, `"${deviceToken}`, lastSeen],
    reason: 'The quotes are not valid CSV.',
  },
  {
    // The '+' of a token was decoded as a space.
    of: ({ selector, appId, deviceToken, lastSeen }: ListedDevice) => [selector, appId, `a ${deviceToken}`, lastSeen],
    reason: 'DeviceToken contains white space: write it as the app reported it.',
  },
  {
    of: ({ selector, deviceToken, lastSeen }: ListedDevice) => [selector, '', deviceToken, lastSeen],
    reason: 'AppId is empty.',
  },
] as const;

/** Makes an export as `COPY … TO STDOUT WITH (FORMAT csv, HEADER)` does, the same for the same options. */
export function sipisExport(options: SipisExportOptions = {}): SipisExport {
  const {
    rows = 5000,
    seed = 1,
    nowMs = Date.parse('2026-01-02T03:00:00Z'),
    appId = 'com.example.softphone',
  } = options;
  const random = seededRandom(seed);
  const below = (bound: number) => Math.floor(random() * bound);
  const lines = ['selector,appid,token,lastseen'];
  const devices: ExportedDevice[] = [];
  const refused: { readonly line: number; readonly reason: string }[] = [];
  let duplicates = 0;

  const newDevice = (ofAppId: string, lastSeenMs: number): ListedDevice => {
    // Tokens are base64 of any length, selectors a SHA-1 and a suffix.
    const token = Buffer.from(Array.from({ length: 32 + below(120) }, () => below(256)));
    const account = createHash('sha1')
      .update(`account ${String(lines.length)}`)
      .digest('hex');
    return {
      appId: ofAppId,
      deviceToken: token.toString('base64'),
      selector: `${account}:${String(below(10))}`,
      lastSeen: postgresTime(lastSeenMs),
    };
  };
  const recently = () => nowMs - below(80 * dayMs);
  const longAgo = () => nowMs - 365 * dayMs - below(1000 * dayMs);
  const push = (fields: readonly string[]) => lines.push(fields.join(','));
  const pushDevice = ({ selector, appId: ofAppId, deviceToken, lastSeen }: ListedDevice) =>
    push([selector, ofAppId, deviceToken, lastSeen]);
  const pushNew = (device: ListedDevice, isDead: boolean) => {
    pushDevice(device);
    devices.push({ ...device, isDead });
  };

  while (lines.length <= rows) {
    const earlier = devices[below(Math.max(1, devices.length))];
    switch (choose(kinds, random())) {
      case 'device':
        pushNew(newDevice(appId, recently()), false);
        break;
      case 'call':
        pushNew(newDevice(`${appId}.pushkit`, recently()), false);
        break;
      case 'dead':
        pushNew(newDevice(appId, longAgo()), true);
        break;
      case 'again':
        if (earlier === undefined) break;
        pushDevice({ ...earlier, selector: newDevice(appId, nowMs).selector });
        duplicates += 1;
        break;
      case 'empty': {
        // PostgreSQL writes an empty text with quotes, and NULL without.
        const { selector, lastSeen } = newDevice(appId, recently());
        push([selector, appId, below(2) === 0 ? '""' : '', lastSeen]);
        refused.push({ line: lines.length, reason: 'DeviceToken is empty.' });
        break;
      }
      case 'broken': {
        const { of, reason } = breakages[below(breakages.length)] ?? breakages[0];
        push(of(newDevice(appId, recently())));
        refused.push({ line: lines.length, reason });
        break;
      }
    }
  }
  return { text: `${lines.join('\n')}\n`, rows, devices, duplicates, refused };
}

/** A `timestamptz` as PostgreSQL writes it. */
function postgresTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', '+00');
}
