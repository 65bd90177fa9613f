import { createLog, type Log } from '../../shared/log.ts';

/** A log whose lines can be read back. */
export function recordingLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  return { ...createLog((line) => lines.push(line)), lines };
}
