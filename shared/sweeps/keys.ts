/**
 * The keys of the bucket. A plan is an object directly below `plans/`; its reports are in a folder of its name:
 *
 *     plans/nightly.json                                           the plan
 *     plans/nightly/faults.json                                    why the plan or its list can't be read
 *     plans/nightly/20260102T030000Z-1a2b3c4d/00007.progress.json  the progress of a slice that a tick has begun
 *     plans/nightly/20260102T030000Z-1a2b3c4d/00007.json           the report of a slice that is done
 *     plans/nightly/20260102T030000Z-1a2b3c4d.json                 the summary of a run that has ended
 *     plans/nightly/20260102T030000Z-1a2b3c4d.outcomes.json        how the pushes of a run ended, as far as counted
 *     snapshots/nightly/20260102T030000Z-1a2b3c4d.csv.gz           the registry when a run began, until the run has ended
 */
export const plansFolder = 'plans/';
export const snapshotsFolder = 'snapshots/';

const suffix = '.json';

/** Such a name of a plan needs no quotes in a shell and no escapes in a key, and is neither an option nor a path. */
export const planNamePattern = /^\w[\w.-]{0,99}$/;

/** The name of the plan at a key; `undefined` if the key is not that of a plan. */
export function planNameOf(key: string): string | undefined {
  const name = key.slice(plansFolder.length, -suffix.length);
  const isPlan = key.startsWith(plansFolder) && key.endsWith(suffix) && name !== '' && !name.includes('/');
  return isPlan ? name : undefined;
}

export const planKey = (name: string) => `${plansFolder}${name}${suffix}`;
/** The folder of the reports of a plan. */
export const planFolder = (name: string) => `${plansFolder}${name}/`;
export const faultsKey = (name: string) => `${planFolder(name)}faults${suffix}`;
export const summaryKey = (name: string, runId: string) => `${planFolder(name)}${runId}${suffix}`;
/** Not in the folder of the run: a run that has a folder has begun, and pushes may end after a person deleted its reports. */
export const outcomesKey = (name: string, runId: string) => `${planFolder(name)}${runId}.outcomes${suffix}`;
/** The folder of the reports of a run. */
export const runFolder = (name: string, runId: string) => `${planFolder(name)}${runId}/`;

const slicePath = (name: string, runId: string, slice: number) =>
  `${runFolder(name, runId)}${String(slice).padStart(5, '0')}`;
export const reportKey = (...slice: Parameters<typeof slicePath>) => `${slicePath(...slice)}${suffix}`;
export const progressKey = (...slice: Parameters<typeof slicePath>) => `${slicePath(...slice)}.progress${suffix}`;

export const snapshotKey = (name: string, runId: string) => `${snapshotsFolder}${name}/${runId}.csv.gz`;

/** Whether the outcomes of a run are at a key. */
export const isOutcomesKey = (key: string) => key.endsWith(`.outcomes${suffix}`);

/** The index of the slice whose report is at a key; `undefined` for any other key. */
export function sliceOfReport(key: string): number | undefined {
  const match = /\/(\d{5})\.json$/.exec(key);
  return match === null ? undefined : Number(match[1]);
}

/** The id of the run whose summary or folder is at a key; `undefined` for any other key. */
export function runIdOf(key: string): string | undefined {
  return /\/(\d{8}T\d{6}(?:_\d{3})?Z-[^/.]+)(?:\/|\.json)$/.exec(key)?.[1];
}
