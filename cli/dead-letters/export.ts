import { hash } from 'node:crypto';
import { csvLine } from '../../shared/csv.ts';
import type { Push } from '../../shared/push/push.ts';
import { exitCodes, type ExitCode, type Given } from '../cli-context.ts';
import { counted } from '../counted.ts';
import { createFile } from '../new-file.ts';
import { matches, type DeadLetterMessage, type Filters } from './dead-letter-message.ts';
import type { DeadLetterQueue } from './dead-letter-queue.ts';
import { isComplete, noneFound, scanDeadLetters } from './scan.ts';

type ExportOptions = Filters & Given<{ output: string; force: boolean }>;

const header = csvLine(['AppId', 'DeviceToken', 'Selector']);

/** Writes the devices of the dead letters that match as a list that a sweep can read. @throws UsageError */
export async function exportDevices(
  queue: DeadLetterQueue,
  { output, force, ...filters }: ExportOptions,
): Promise<ExitCode> {
  const { stdout, stderr, now } = queue.context;
  const startedAt = now();
  const file = output === undefined ? undefined : await createFile(output, force === true);
  const write = file?.write ?? ((text: string) => stdout.write(text));
  const devices = new Devices();
  let matching = 0;
  try {
    await write(header);
    const result = await scanDeadLetters(queue, (scan) =>
      scan.each(
        async (messages) => {
          const matched = messages.filter((message) => matches(message, filters, startedAt));
          matching += matched.length;
          const lines = matched.map((message) => devices.add(message)).join('');
          if (lines !== '') await write(lines);
        },
        () => `, ${counted(devices.size, 'device')} found`,
      ),
    );
    if (result.end === 'interrupted') return exitCodes.interrupted;
    await file?.keep();
    const summary =
      matching === 0
        ? noneFound(result)
        : `${counted(devices.size, 'device')} of ${counted(matching, 'dead letter')} written${output === undefined ? '' : ` to ${output}`}.`;
    // The list itself may be on stdout.
    (file === undefined ? stderr : stdout).write(`${summary}\n`);
    if (devices.unlisted > 0) {
      stderr.write(
        `${counted(devices.unlisted, 'dead letter')} left out: no device can be read from them, or none that fits a line.\n`,
      );
    }
    if (devices.size > 0) {
      stderr.write('The list holds device tokens: let nobody else read it, and delete it when it has served.\n');
    }
    return isComplete(result) ? exitCodes.ok : exitCodes.failed;
  } finally {
    await file?.close();
  }
}

/** Devices that were met. A reader holds a limited number of dead letters, so their number is limited too. */
class Devices {
  readonly #met = new Set<string>();
  /** The number of dead letters whose device cannot be in a list. */
  unlisted = 0;

  get size(): number {
    return this.#met.size;
  }

  /** Returns the row of the device, or nothing if it was met before. */
  add({ content }: DeadLetterMessage): string {
    const line = content.ok ? rowOf(content.queued.push) : undefined;
    if (!content.ok || line === undefined) {
      this.unlisted += 1;
      return '';
    }
    const { appId, deviceToken } = content.queued.push;
    const key = hash('sha256', `${appId}\0${deviceToken}`, 'base64');
    if (this.#met.has(key)) return '';
    this.#met.add(key);
    return line;
  }
}

/** The row of a device; `undefined` if it is not one line, as a row of a list must be. */
function rowOf({ appId, deviceToken, parameters }: Push): string | undefined {
  const fields = [appId, deviceToken, new Map(parameters).get('Selector') ?? ''];
  return fields.some((field) => /[\r\n]/.test(field)) ? undefined : csvLine(fields);
}
