import { expect, it } from 'vitest';
import { plants } from '../plants.ts';
import { describeFailure } from './report.ts';
import { scenarios } from '../scenarios.ts';
import { tryOut } from '../trial.ts';

it('tells what happened to a device with which something went wrong', async () => {
  const plant = plants['displace-newest'];
  const scenario = scenarios['registry'];
  if (plant === undefined || scenario === undefined) throw new Error('the plant or its scenario is gone');
  const options = { seed: 1, pushes: 200, scenario, plant };
  const lines = await describeFailure(options, await tryOut(options), (pushes) => `repeat ${String(pushes)}`);
  const first = lines.findIndex((line) => /^Device \d+: a device is displaced/.test(line));
  const story = lines.slice(first + 1, lines.indexOf('', first));
  expect(story.at(-1)).toMatch(/^ {2}\d\d:\d\d:\d\d\.\d{3} {2}request \d+ deletes it from account \d+$/);
});

it('tells of a failed run with as few pushes as fail, what happened to one of them, and how to repeat it', async () => {
  const plant = plants['no-dead-letter'];
  const scenario = scenarios['healthy'];
  if (plant === undefined || scenario === undefined) throw new Error('the plant or its scenario is gone');
  const options = { seed: 1, pushes: 200, scenario, plant };
  const lines = await describeFailure(options, await tryOut(options), (pushes) => `repeat ${String(pushes)}`);
  const [, pushes = ''] = /(\d+) (?:push is|pushes are) enough/.exec(lines.join('\n')) ?? [];
  // The last push is the first one that the gateway refuses for good.
  const push = String(Number(pushes) - 1);
  const first = lines.indexOf(`Push ${push}: a message is deleted, but neither delivered nor given up`) + 1;
  const story = lines.slice(first).map((line) => line.replace(/ {2}\d\d:\d\d:\d\d\.\d{3} {2}/, ''));
  expect(story.map((line) => line.replace(/\d+/g, 'N').replace(/event: .*/, 'event'))).toEqual([
    'a client sends push N of AppId N',
    'SQS stores it as message N',
    'the client gets a N',
    'SQS hands out message N for time N, to invocation N',
    'invocation N makes an attempt, and the gateway does not take the push',
    'invocation N gets a N',
    'invocation N publishes the event',
    'message N is deleted after invocation N',
    '',
    'Repeat it with: repeat N',
  ]);
  expect((await tryOut({ ...options, pushes: Number(pushes) })).faults).not.toEqual([]);
  expect((await tryOut({ ...options, pushes: Number(pushes) - 1 })).faults).toEqual([]);
});

it.each([
  [
    'release-foreign-claim',
    1,
    /\(tick \d+ at slice \d+, which tick \d+ holds until [\d:.]+\)\n {2}[\d:.]+ {2}tick \d+ claims/,
  ],
  [
    'catch-up',
    2000,
    /^In the whole run: a minute has too many pushes \(\d+ from [\d:.]+ on, with a mean of [\d.]+\)$/m,
  ],
  ['no-jitter', 200, /^In the whole run: retries come without jitter \(delays below the cap: the tenths/m],
  [
    'forget-last-row',
    1,
    /^Push 0: lost\n {2}[\d:.]+ {2}the list of a sweep, or the registry, has the device of push 0$/m,
  ],
  ['delete-before-dead-letter', 300, /an invocation that has already ended sends the dead letter/],
  ['ignore-retry-after', 150, /^The gateway is in trouble from 00:00:02.000 to /m],
])('says what is wrong in a run with %s', async (name, pushes, words) => {
  const plant = plants[name];
  const scenario = plant && scenarios[plant.scenario];
  if (plant === undefined || scenario === undefined) throw new Error('the plant or its scenario is gone');
  const options = { seed: 1, pushes, scenario, plant };
  const lines = await describeFailure(options, await tryOut(options), () => '');
  expect(lines.join('\n')).toMatch(words);
});
