import { forecastRun } from './forecast.ts';
import { verbs } from '../../shared/push/push.ts';
import { currentRun, digestOfPlan, runAfter } from '../../shared/sweeps/run.ts';
import type { Survey } from './survey.ts';
import { formatDuration } from '../duration.ts';
import { printable, table } from '../table.ts';
import { formatTime } from '../time.ts';
import type { PreviewSettings } from './connection.ts';
import type { Order } from './order.ts';
import { refusedLines } from './refused.ts';

/** Apps that are told apart in the table. */
const appsShown = 20;

/** What the plan would do with the list, and when, as lines. */
export function previewLines(
  { plan, name, text }: Order,
  { tally, apps }: Survey,
  { tickMs, speed }: Pick<PreviewSettings, 'tickMs' | 'speed'>,
  nowMs: number,
): string[] {
  const { rows, enqueued, duplicates, filtered, refused } = tally;
  const placed = { plan, placedMs: nowMs, digest: digestOfPlan(text, tickMs) };
  const run = currentRun(placed, nowMs, tickMs);
  const { beginsMs, endsMs } = forecastRun(run, 0, nowMs, tickMs);
  const next = runAfter(placed, run);
  const count = (what: string, number: number) => [what, String(number)];
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const lines = table(
    [{ title: 'rows' }, right(String(rows))],
    [
      count('pushes', enqueued),
      count('duplicates', duplicates),
      count('left out', filtered),
      count('refused', refused),
    ],
  );
  if (apps.length > 0) {
    const shown = apps.slice(0, appsShown).map(({ appId, pushes }) => [appId, String(pushes)]);
    lines.push('', ...table([{ title: 'AppId' }, right('pushes')], shown));
    if (apps.length > appsShown) lines.push(`and ${String(apps.length - appsShown)} more.`);
  }
  lines.push(...refusedLines(tally));
  if (enqueued === 0) return lines;
  lines.push(
    '',
    `plan    ${name}: ${printable(plan.verb)} to each`,
    `begins  ${formatTime(beginsMs)}${fromNow(beginsMs, nowMs)}`,
    `ends    ${formatTime(endsMs)}${fromNow(endsMs, nowMs)}`,
    `rate    ${rateOf(enqueued, run.windowMs, plan.verb)}`,
  );
  if (next !== undefined) {
    lines.push(`again   every ${formatDuration((plan.everyMs ?? 0) * speed)}, next ${formatTime(next.startMs)}`);
  }
  if (run.startMs < nowMs - tickMs)
    lines.push(`The start ${formatTime(run.startMs)} has passed: it begins with the next tick.`);
  return lines;
}

/** What the person should know before they start it. */
export function remarksOn({ apps }: Survey): string[] {
  const ids = new Set(apps.map(({ appId }) => appId));
  return apps
    .filter(({ appId }) => appId.endsWith('.pushkit'))
    .map(({ appId }) => {
      const other = appId.slice(0, -'.pushkit'.length);
      const remedy = ids.has(other) ? `: --app ${other} leaves it out` : '';
      return printable(
        `${appId} is for calls on iOS; messages and reprovisions go to the other AppId of the app${remedy}.`,
      );
    });
}

function fromNow(ms: number, nowMs: number): string {
  return ms > nowMs ? `, in ${formatDuration(ms - nowMs)}` : '';
}

function rateOf(pushes: number, windowMs: number, verb: string): string {
  const does = verbs.get(verb)?.reaction;
  const reaction = does === undefined ? '' : `; as many devices ${does}`;
  if (windowMs === 0) return `all at once, as fast as the relay delivers${reaction}`;
  const perSecond = (pushes / windowMs) * 1000;
  const shown = perSecond >= 10 ? Math.round(perSecond) : Number(perSecond.toPrecision(2));
  return `${String(shown)} pushes a second${reaction}`;
}
