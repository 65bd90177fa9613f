import type { Account } from '../checker.ts';
import type { Example } from '../rules/findings.ts';
import { storyOfDevice } from '../registry/device-story.ts';
import { storyOfSlice } from '../sweeps/slice-story.ts';
import { timeOf } from '../history.ts';
import { shrink } from './shrink.ts';
import { storyOf } from './story.ts';
import type { Trial } from '../trial.ts';
import type { RunOptions } from '../world.ts';

/** What is wrong with a run, the shortest one that fails in the same way, what happened there, and how to repeat it. */
export async function describeFailure(
  options: RunOptions,
  trial: Trial,
  commandOf: (pushes: number) => string,
): Promise<string[]> {
  const shortest = await shrink(options, trial);
  const lines = [...trial.faults];
  if (shortest.pushes < options.pushes) {
    const enough = shortest.pushes === 1 ? '1 push is' : `${String(shortest.pushes)} pushes are`;
    lines.push('', `${enough} enough:`, ...shortest.trial.faults);
  } else if (options.pushes > 1) lines.push('', 'No run with fewer pushes that was tried has the same fault.');
  const { troubleBeginsAtMs: begins, troubleEndsAtMs: ends } = options.scenario;
  if (begins !== undefined && ends !== undefined) {
    lines.push('', `The gateway is in trouble from ${timeOf(begins)} to ${timeOf(ends)}.`);
  }
  const { run, account } = shortest.trial;
  const { details, deviceExamples } = account;
  const tell = (title: string, what: string, story: readonly string[]) => {
    const words = details[what]?.words;
    lines.push('', `${title}: ${what}${words === undefined ? '' : ` (${words})`}`, ...story.map((line) => `  ${line}`));
  };
  const examples = examplesOf(account);
  for (const [what, { push, at }] of examples) tell(`Push ${String(push)}`, what, storyOf(run.history, push, at));
  const { deviceOfPush } = run.registry ?? {};
  for (const [what, { device, at }] of Object.entries(deviceExamples).slice(0, mostExamples)) {
    if (deviceOfPush === undefined) break;
    tell(`Device ${String(device)}`, what, storyOfDevice(run.history, device, deviceOfPush, at));
  }
  const others = Object.entries(details).filter(([what]) => deviceExamples[what] === undefined);
  for (const [what, { at, slice }] of others.slice(0, mostExamples)) {
    const title = at === Infinity ? 'In the whole run' : `At ${timeOf(at)}`;
    tell(title, what, slice === undefined ? [] : storyOfSlice(run.history, slice, at));
  }
  return [...lines, '', `Repeat it with: ${commandOf(shortest.pushes)}`];
}

const mostExamples = 3;

/** Pushes that show what is wrong, each with the words for it. */
function examplesOf({ examples, violations }: Account): [what: string, example: Example][] {
  const found = Object.entries(examples);
  const wrong = found.filter(([what]) => what === 'lost' || what in violations);
  return (wrong.length > 0 ? wrong : found)
    .filter(([, { push }], index, all) => all.findIndex(([, other]) => other.push === push) === index)
    .slice(0, mostExamples);
}
