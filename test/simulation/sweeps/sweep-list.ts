import type { Parameter } from '../../../shared/push/form.ts';
import type { Counts } from '../../../shared/sweeps/tally.ts';
import { chanceOf } from '../../support/random.ts';
import { createPushPlan, defaultMix, type Mix, type PlannedPush } from '../pushes/push-plan.ts';

/** The AppId that the plan of a sweep leaves out. */
export const otherAppId = 'com.example.other';

/** Rows without a push, as shares of the devices. */
const shares = { duplicate: 0.02, filtered: 0.02, excluded: 0.01, refused: 0.01 } as const;

/** The parameter by which the sweeps of a run differ after the first. */
export const roundName = 'Round';

/** Creates the plan of the pushes of sweeps, one after the other: a push by its number. */
export function createDevicePlan(
  seed: number,
  devices: number,
  mix: Partial<Mix> = {},
): (number: number) => PlannedPush {
  const planOf = createPushPlan(seed, { ...defaultMix, ...mix, ttlShare: 0, twinShare: 0 });
  return (number) => {
    const round = Math.floor(number / devices);
    const push = planOf(number % devices);
    const parameters: Parameter[] = [
      ['verb', 'NotifyReprovision'],
      ...push.parameters.filter(([name]) => name === 'AppId' || name === 'DeviceToken'),
    ];
    if (round > 0) parameters.push([roundName, String(round)]);
    return { ...push, number, content: number, parameters };
  };
}

/** The number of the device of a message. */
export function deviceOfBody(body: string): number {
  return parseInt(body.slice(body.lastIndexOf('/') + 1), 10);
}

/** The number of the push of a message of a sweep. */
export function pushOfBody(body: string, devices: number): number {
  return deviceOfBody(body) + devices * numberAfter(body, `"${roundName}","`);
}

/** The number of the push of a sweep, of a form that the gateway gets; `NaN` if it has no device. */
export function pushOfForm(form: string, devices: number): number {
  const before = '%2B%2F';
  const at = form.lastIndexOf(before);
  if (at === -1) return NaN;
  return parseInt(form.slice(at + before.length), 10) + devices * numberAfter(form, `&${roundName}=`);
}

/** The number after some words; 0 without them. */
function numberAfter(text: string, words: string): number {
  const at = text.lastIndexOf(words);
  return at === -1 ? 0 : parseInt(text.slice(at + words.length), 10);
}

export interface DeviceList {
  readonly list: Buffer;
  /** The devices that get no push. */
  readonly except: Buffer;
  readonly appIds: readonly string[];
  /** What the report of a sweep over it must say, if some devices are left out besides. */
  readonly countsWithout: (dead: Pick<ReadonlySet<number>, 'has'>) => Counts;
}

/** Creates a list with a row for each device, and with rows between them that get no push. */
export function createDeviceList(seed: number, devices: number, planOf: (number: number) => PlannedPush): DeviceList {
  const counts = { rows: 0, enqueued: 0, duplicates: 0, filtered: 0, excluded: 0, refused: 0, unchecked: 0 };
  /** The devices that have a second row, or more. */
  const duplicates: number[] = [];
  const appIds = new Set<string>();
  const except = ['appid,token\n'];
  const pieces: Buffer[] = [];
  let rows = ['selector,appid,token,lastseen'];
  const add = (appId: string, token: string) => {
    counts.rows += 1;
    rows.push(`S:${String(counts.rows)},${appId},${token},2026-01-01 00:00:00+00`);
  };
  const flush = () => {
    pieces.push(Buffer.from(`${rows.join('\n')}\n`));
    rows = [];
  };
  const deviceOf = (number: number) => {
    const { appId, parameters } = planOf(number);
    appIds.add(appId);
    return [appId, parameters.at(-1)?.[1] ?? ''] as const;
  };
  for (let number = 0; number < devices; number += 1) {
    add(...deviceOf(number));
    const kind = chanceOf(seed, number, 101);
    const name = String(number);
    let limit = 0;
    const isWithin = (share: number) => kind >= limit && kind < (limit += share);
    if (isWithin(shares.duplicate)) {
      const duplicate = Math.floor(chanceOf(seed, number, 102) * (number + 1));
      duplicates.push(duplicate);
      add(...deviceOf(duplicate));
    } else if (isWithin(shares.filtered)) {
      counts.filtered += 1;
      add(otherAppId, `filtered-${name}`);
    } else if (isWithin(shares.excluded)) {
      counts.excluded += 1;
      add('com.example.app0', `excluded-${name}`);
      except.push(`com.example.app0,excluded-${name}\n`);
    } else if (isWithin(shares.refused)) {
      counts.refused += 1;
      add('com.example.app0', number % 2 === 0 ? '' : `white space ${name}`);
    }
    if (rows.length >= 10_000) flush();
  }
  flush();
  appIds.add('com.example.app0');
  return {
    ...{ list: Buffer.concat(pieces), except: Buffer.from(except.join('')), appIds: [...appIds] },
    countsWithout(dead) {
      const left = duplicates.filter((number) => !dead.has(number)).length;
      const enqueued = Array.from({ length: devices }, (_none, number) => number).filter(
        (one) => !dead.has(one),
      ).length;
      const excluded = counts.excluded + devices - enqueued + duplicates.length - left;
      return { ...counts, enqueued, duplicates: left, excluded };
    },
  };
}
