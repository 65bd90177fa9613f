/** What the processes of the part `sweep` know of each other. */
export const sweepBench = {
  bucket: 'sweeps',
  list: 'devices/list.csv',
  plan: 'plans/bench.json',
  queues: { sweep: 'sweeps', bare: 'bare' },
  /** Of the window; each tick reads the whole list for one of them. */
  slices: 4,
} as const;
