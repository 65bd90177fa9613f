import { faultIf, type Account } from '../checker.ts';
import { chanceOf } from '../../support/random.ts';
import { notFound } from '../pushes/outage-scenarios.ts';
import { healthyGateway, hour, minute, troubled, type Scenario } from '../scenario.ts';

/** With 500 pushes, a run takes 28 hours: long enough for a device to be written again because a day is over. */
const pushesPerSecond = 0.005;
const settings = { DEVICES_PER_ACCOUNT: '3' };

/** Scenarios in which apps report their devices, and clients push to these. */
export const registryScenarios: Readonly<Record<string, Scenario>> = {
  registry: {
    summary: 'apps report their devices, some of which die, come back, move to another account or are removed',
    ...{ pushesPerSecond, settings, registry: {} },
    createGateway: () => healthyGateway,
    expect: deadAreGone,
  },
  'registry-wrong-address': {
    summary: 'the same, and the address of the gateway is wrong for the first four hours: it answers 404 to all',
    ...{ pushesPerSecond, settings, registry: { apps: { dead: 0, reborn: 0 } } },
    ...troubled(4 * hour, () => notFound, 0),
    expect: ({ confirmed, registry }) =>
      confirmed + (registry?.pruned ?? 0) > 0 ? ['A device was pruned because of a wrong address.'] : [],
  },
  'registry-with-crashes': {
    summary:
      'apps report, instances of each function die, answers are lost, the table throttles, and indexes are behind it',
    ...{ pushesPerSecond, settings, registry: { apps: { reborn: 0.3 }, eventSeconds: 90 } },
    createGateway: () => healthyGateway,
    crashesPerMinute: 0.1,
    deployEveryMinutes: 30,
    services: () => ({ refused: 0.03, requestLost: 0.02, answerLost: 0.05, entryFailure: 0.02 }),
    queue: () => ({ duplicate: 0.05, forgetDelete: 0.02, reorder: 10 }),
    mapping: () => ({ lostReceive: 0.02, throttled: 0.02, lostDelete: 0.02 }),
    table: (at) => ({ throttled: at % hour < 20 * minute ? 0.6 : 0.02, stale: 0.5 }),
    expect: ({ deaths, registry }) => [
      ...(deaths > 0 ? [] : ['No instance dies.']),
      ...((registry?.requestsFailed ?? 0) > 0 ? [] : ['No request of an app meets a table that throttles.']),
    ],
  },
  'registry-races': {
    summary: 'devices report just while they are pruned or removed, and the table takes 0.1 to 0.9 s for an answer',
    ...{ pushesPerSecond: 0.05, settings },
    registry: { apps: { dead: 0, reborn: 0.6, moved: 0, removed: 0.4, late: 0.2, hasty: 0.8 } },
    createGateway: () => healthyGateway,
    table: (at) => ({ answerMs: 100 + 800 * chanceOf(1, Math.floor(at)) }),
  },
  'reports-late': {
    summary: 'a third of the reports and removals reach the function up to 20 s late, and overtake each other',
    ...{ pushesPerSecond, settings, registry: { apps: { removed: 0.3, reborn: 0.3, late: 0.33 } } },
    createGateway: () => healthyGateway,
    expect: deadAreGone,
  },
};

function deadAreGone({ registry }: Account): string[] {
  const { deadForLong = 0, registered = 0 } = registry ?? {};
  // Where a few devices die one after the other, no verdict is confirmed for some time.
  return deadForLong <= 2 + registered / 20 ? [] : faultIf(deadForLong, 'a dead device is still in the registry');
}
