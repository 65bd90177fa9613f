import { expect, it } from 'vitest';
import { seededRandom } from '../../support/random.ts';
import { createJitterCheck } from './jitter.ts';

const policy = { backoffBaseSeconds: 2, backoffCapSeconds: 900, lifetimeSeconds: 86_400, maxReceiveCount: 900 };

function isEven(grown: number, secondsOf: (chance: number) => number, delays = 1000): boolean {
  const check = createJitterCheck(policy);
  const random = seededRandom(1);
  for (let delay = 0; delay < delays; delay += 1) check.add(grown, Math.ceil(secondsOf(random())));
  return check.isEven();
}

it('finds delays even that are spread over the whole range', () => {
  expect(isEven(64, (chance) => 64 * (1 + chance))).toBe(true);
  expect(isEven(1024, (chance) => 900 - 90 * chance)).toBe(true);
});

it('finds delays uneven that leave out a part of the range', () => {
  expect(isEven(64, (chance) => 64 * (1 + chance / 2))).toBe(false);
  expect(isEven(1024, (chance) => 900 - 45 * chance)).toBe(false);
  expect(isEven(1024, () => 850)).toBe(false);
});

it('says nothing about few delays, or about those whose range is short', () => {
  expect(isEven(1024, () => 850, 400)).toBe(true);
  expect(isEven(8, () => 9)).toBe(true);
});
