import type { Account } from '../checker.ts';
import type { Example } from '../rules/findings.ts';
import { storyOfDevice } from '../registry/device-story.ts';
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
  for (const [what, { push, at }] of examplesOf(shortest.trial.account)) {
    lines.push('', `Push ${String(push)}: ${what}`);
    lines.push(...storyOf(shortest.trial.run.history, push, at).map((line) => `  ${line}`));
  }
  const { run, account } = shortest.trial;
  const { deviceOfPush } = run.registry ?? {};
  for (const [what, { device, at }] of Object.entries(account.deviceExamples).slice(0, mostExamples)) {
    if (deviceOfPush === undefined) break;
    lines.push('', `Device ${String(device)}: ${what}`);
    lines.push(...storyOfDevice(run.history, device, deviceOfPush, at).map((line) => `  ${line}`));
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
