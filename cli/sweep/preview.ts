import { ListError } from '../../shared/sweeps/list/lines.ts';
import { maxRememberedDevices } from '../../shared/sweeps/selection.ts';
import { surveyList, type Survey } from './survey.ts';
import { exitCodes, UsageError, type ExitCode } from '../cli-context.ts';
import { createProgress } from '../progress.ts';
import type { PreviewSettings } from './connection.ts';
import { Interruption, unlessInterrupted } from './interruption.ts';
import type { OrderOptions } from './options.ts';
import { orderOf, type Order } from './order.ts';
import { previewLines, remarksOn } from './preview-lines.ts';
import { openFile, type FileSource } from './source.ts';

/** Tells what a sweep over a file would do. Nothing is connected to. @throws UsageError */
export function previewFile(settings: PreviewSettings, order: OrderOptions, source: FileSource): Promise<ExitCode> {
  return unlessInterrupted(async () => {
    const made = orderOf(order, source, { ...settings, nowMs: settings.context.now() });
    return (await preview(settings, made, listOfFile(source))) ? exitCodes.ok : exitCodes.failed;
  });
}

/** A list that can be opened. */
export interface ReadableList {
  /** How the person knows it. */
  readonly title: string;
  readonly bytes: number;
  readonly open: () => AsyncIterable<Uint8Array> | Promise<AsyncIterable<Uint8Array>>;
}

/**
 * Reads all of a list and tells what the plan would do with it.
 * @returns whether there is anything to be started.
 * @throws UsageError, Interruption
 */
export async function preview(settings: PreviewSettings, order: Order, list: ReadableList): Promise<boolean> {
  const { stdout, stderr, now } = settings.context;
  const survey = await readList(settings, order, list);
  stdout.write(`${previewLines(order, survey, settings, now()).join('\n')}\n`);
  for (const remark of remarksOn(survey)) stderr.write(`${remark}\n`);
  if (survey.tally.enqueued > 0) return true;
  stderr.write(`${list.title} has no device that would get a push.\n`);
  return false;
}

/** A list on this machine. */
export function listOfFile({ path, bytes }: FileSource): ReadableList {
  return { title: path, bytes, open: () => openFile(path) };
}

async function readList(settings: PreviewSettings, { plan, rules }: Order, list: ReadableList): Promise<Survey> {
  const { stderr, now, interrupted } = settings.context;
  const progress = createProgress(stderr, now);
  let bytesRead = 0;
  const bytes = async function* () {
    for await (const chunk of await list.open()) {
      if (interrupted.aborted) throw new Interruption();
      bytesRead += chunk.byteLength;
      yield chunk;
    }
  };
  try {
    return await surveyList(bytes(), {
      ...{ plan, rules, maxRememberedDevices, now },
      tell(rows) {
        progress.show(bytesRead, list.bytes, `${String(rows)} rows read`);
      },
    });
  } catch (error) {
    if (error instanceof ListError) throw new UsageError(`${list.title}: ${error.message}`);
    throw error;
  } finally {
    progress.end();
  }
}
