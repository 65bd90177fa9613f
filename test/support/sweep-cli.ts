import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatTime } from '../../cli/time.ts';
import { cli, type CliOptions } from './cli.ts';
import { sipisExport } from './sipis-export.ts';
import { minuteMs, startSweep, threeOClock, tickMs } from './sweep.ts';

export const exported = sipisExport({ rows: 300 });
export const exportedApp = 'com.example.softphone';
export const threeOClockText = new Date(threeOClock).toISOString();

/** The time of a number of minutes after three o'clock, as the CLI shows it. */
export const at = (minutes: number) => formatTime(threeOClock + minutes * minuteMs);

/** The lines of an output, without its alignment. */
export const squeezed = (text: string) => text.split('\n').map((line) => line.replace(/ +/g, ' ').trim());

/** Starts a `sweep` that the CLI can be used with, at the time of the sweep, and writes `nightly.csv`. */
export async function startSweepCli() {
  const relay = await startSweep({}, 'pnm2-relay-local-sweeps');
  const folder = await mkdtemp(join(tmpdir(), 'pnm2-relay-'));
  const listFile = async (name: string, content: string | Buffer) => {
    const path = join(folder, name);
    await writeFile(path, content);
    return path;
  };
  const file = await listFile('nightly.csv', exported.text);

  /** Runs `sweep … --local`. */
  const run = (words: readonly string[], { environment, ...options }: CliOptions = {}) =>
    cli(['sweep', ...words, '--local'], {
      environment: { AWS_PORT: String(relay.port), ...environment },
      now: relay.now,
      ...options,
    });
  return {
    relay,
    folder,
    file,
    /** Writes a list. */
    listFile,
    run,
    /** Starts a sweep over `nightly.csv`. */
    start: (...words: string[]) => run(['start', file, '--start', threeOClockText, '--yes', ...words]),
    json: async (...words: string[]) => JSON.parse((await run([...words, '--json'])).stdout) as unknown,
    /** The keys of the objects in folders of the bucket. */
    async keysIn(...folders: string[]): Promise<string[]> {
      const listings = await Promise.all(folders.map((name) => relay.store.list(name)));
      return listings.flatMap(({ objects }) => objects.map(({ key }) => key));
    },
    async plan(name: string) {
      return JSON.parse((await relay.store.readText(`plans/${name}.json`))?.text ?? '') as unknown;
    },
    /** Starts a sweep of two slices and does the first. @returns its report. */
    async startHalf() {
      await this.start('--window', '30m');
      await relay.tick();
      relay.setNow(threeOClock + 5 * minuteMs);
      const [first] = await relay.reports('nightly');
      if (first === undefined) throw new Error('no slice is done');
      return first;
    },
    /** Does the second slice. */
    async finish() {
      relay.setNow(threeOClock + tickMs);
      await relay.tick();
    },
    async stop() {
      await relay.stop();
      await rm(folder, { recursive: true });
    },
  };
}
