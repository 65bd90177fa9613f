import { formatDuration } from '../../shared/duration.ts';
import { verbs } from '../../shared/push/push.ts';
import { ListError } from '../../shared/sweeps/list/lines.ts';
import { readExclusion } from '../../shared/sweeps/exclusion.ts';
import { readRows } from '../../shared/sweeps/list/rows.ts';
import { forecastRun } from '../../shared/sweeps/plan-state.ts';
import { currentRun, placePlan, runAfter } from '../../shared/sweeps/run.ts';
import { printable, table } from '../../shared/table.ts';
import { createSelection, maxRememberedDevices } from '../../shared/sweeps/selection.ts';
import { emptyTally } from '../../shared/sweeps/tally.ts';
import { exitCodes, UsageError, type ExitCode } from '../cli-context.ts';
import { createProgress } from '../progress.ts';
import { formatTime } from '../time.ts';
import type { PreviewSettings } from './connection.ts';
import type { Order } from './order.ts';
import type { ReadableList, ReadableLists } from './source.ts';
import { countEntries, refusedLines } from './state-view.ts';

/** Beyond this number, further AppIds are not counted: the column of a wrong list may contain anything. */
const maxApps = 1000;

/**
 * Reads a whole list and counts what a run would do with it: what it would enqueue, as enqueued, and that by AppId, the
 * most first.
 * @throws UsageError if the list can't be read, and the reason of an interruption.
 */
export async function surveyList(
  { context }: Pick<PreviewSettings, 'context'>,
  { plan, rules }: Pick<Order, 'plan' | 'rules'>,
  lists: ReadableLists,
) {
  const { stderr, now, interrupted } = context;
  const progress = createProgress(stderr, now);
  const whole = { from: 0, to: 1, throughLine: 0, tally: emptyTally() };
  let bytesRead = 0;
  const bytesOf = async function* (list: ReadableList) {
    bytesRead = 0;
    for await (const chunk of list.open()) {
      interrupted.throwIfAborted();
      bytesRead += chunk.byteLength;
      yield chunk;
    }
  };
  const pushesByApp = new Map<string, number>();
  let list = lists.except ?? lists.devices;
  try {
    // A slice remembers only its part of these devices, and has a limit that the whole list has not.
    const options = { verb: plan.verb, from: 0, to: 1, maxRememberedDevices: Infinity };
    const exclusion = lists.except && (await readExclusion(bytesOf(lists.except), options));
    list = lists.devices;
    const selection = createSelection({ plan, rules, exclusion, ...whole, maxRememberedDevices, now });
    for await (const rows of readRows(bytesOf(list))) {
      for (const { appId } of selection.select(rows)) {
        const before = pushesByApp.get(appId);
        if (before !== undefined || pushesByApp.size < maxApps) pushesByApp.set(appId, (before ?? 0) + 1);
      }
      progress.show(bytesRead, list.bytes, `${String(selection.tally().rows)} rows read`);
    }
    const apps = Array.from(pushesByApp, ([appId, pushes]) => ({ appId, pushes }));
    return {
      tally: selection.tally(),
      apps: apps.sort((a, b) => b.pushes - a.pushes),
      hasExcept: exclusion !== undefined,
      unreadableRows: exclusion?.unreadableRows ?? 0,
    };
  } catch (error) {
    if (error instanceof ListError) throw new UsageError(`${list.title}: ${error.message}`);
    throw error;
  } finally {
    progress.end();
  }
}

type Survey = Awaited<ReturnType<typeof surveyList>>;

const appsShown = 20;

/**
 * Reads a list and shows what the plan would do with it.
 * @returns a failure if there is no push to send.
 * @throws UsageError if the list can't be read, and the reason of an interruption.
 */
export async function preview(settings: PreviewSettings, order: Order, lists: ReadableLists): Promise<ExitCode> {
  const { stdout, stderr } = settings.context;
  const survey = await surveyList(settings, order, lists);
  const { enqueued } = survey.tally;
  const lines = [...surveyLines(survey), ...(enqueued === 0 ? [] : ['', ...planLines(order, enqueued, settings)])];
  stdout.write(`${lines.join('\n')}\n`);
  for (const remark of [...exceptRemarks(survey), ...callRemarks(survey)]) stderr.write(`${remark}\n`);
  if (enqueued > 0) return exitCodes.ok;
  stderr.write(`${lists.devices.title} has no device that would get a push.\n`);
  return exitCodes.failed;
}

function surveyLines({ tally, apps, hasExcept }: Survey): string[] {
  const counts = countEntries(tally, hasExcept).map(([title, count]) => [
    title === 'enqueued' ? 'pushes' : title,
    count,
  ]);
  const lines = table(['rows', { right: String(tally.rows) }], counts);
  if (apps.length > 0) {
    const shown = apps.slice(0, appsShown).map(({ appId, pushes }) => [appId, pushes]);
    lines.push('', ...table(['AppId', { right: 'pushes' }], shown));
    if (apps.length > appsShown) lines.push(`and ${String(apps.length - appsShown)} more.`);
  }
  return [...lines, ...refusedLines(tally)];
}

function planLines({ plan, planName, text }: Order, pushes: number, settings: PreviewSettings): string[] {
  const { tickMs, speed, context } = settings;
  const nowMs = context.now();
  const placed = placePlan(plan, text, nowMs, tickMs);
  const run = currentRun(placed, nowMs, tickMs);
  const { beginsMs, endsMs } = forecastRun(run, 0, nowMs, tickMs);
  const next = runAfter(placed, run);
  const timeOf = (ms: number) => `${formatTime(ms)}${ms > nowMs ? `, in ${formatDuration(ms - nowMs)}` : ''}`;
  const lines = [
    `plan    ${planName}: ${printable(plan.verb)} to each device`,
    `begins  ${timeOf(beginsMs)}`,
    `ends    ${timeOf(endsMs)}`,
    `rate    ${rateOf(pushes, run.windowMs, plan.verb)}`,
  ];
  // The pushes that an app reacts to without its user are silent.
  if (verbs.get(plan.verb)?.reaction !== undefined) {
    lines.push('limits  on iOS, not received by an app that was force-quit, and perhaps late to save battery');
  }
  if (next !== undefined) {
    lines.push(`again   every ${formatDuration((plan.everyMs ?? 0) * speed)}, next ${formatTime(next.startMs)}`);
  }
  if (run.startMs < nowMs - tickMs) {
    lines.push(`The start ${formatTime(run.startMs)} has passed: the sweep begins with the next tick.`);
  }
  return lines;
}

/** The rate of the pushes, and what it means for the servers of the app. */
function rateOf(pushes: number, windowMs: number, verb: string): string {
  const reaction = verbs.get(verb)?.reaction;
  const effect = reaction === undefined ? '' : `; the devices ${reaction} at this rate`;
  if (windowMs === 0) return `all at once, as fast as the relay delivers${effect}`;
  const perSecond = (pushes / windowMs) * 1000;
  const shown = perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toPrecision(2));
  return `${String(shown)} pushes a second${effect}`;
}

function exceptRemarks({ tally, hasExcept, unreadableRows }: Survey): string[] {
  if (!hasExcept) return [];
  return [
    ...(unreadableRows > 0 ? [`Rows of the list of --except that name no device: ${String(unreadableRows)}.`] : []),
    ...(tally.excluded === 0 ? ['No device of the list of --except would get a push anyway.'] : []),
  ];
}

/** A remark on each AppId that should not get messages and reprovisions. */
function callRemarks({ apps }: Survey): string[] {
  const ids = new Set(apps.map(({ appId }) => appId));
  return apps
    .filter(({ appId }) => appId.endsWith('.pushkit'))
    .map(({ appId }) => {
      const other = appId.slice(0, -'.pushkit'.length);
      const remedy = ids.has(other) ? ` Pass --app ${other} to leave it out.` : '';
      return printable(
        `${appId} is for calls on iOS; text messages and reprovisions go to the app's other AppId.${remedy}`,
      );
    });
}
