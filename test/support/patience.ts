/**
 * How long a test waits for a condition, which is mostly fulfilled at once: as long as the slowest machine needs to
 * start a process. Vitest's own limit is a second. The limit of a test is larger, so that it is the wait that complains.
 */
export const patience = { timeout: 60_000 } as const;
