import { availableParallelism, cpus, totalmem } from 'node:os';

/** When and on what a run was made. */
export function machineOf() {
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
}
