import { expect, it } from 'vitest';
import { details } from '../history.ts';
import { createSuspicions } from './suspicions.ts';

const limits = { outageFailures: 3, suspectFinalAnswers: 4 };

/** The suspicions of instance 0, after the answers to attempts of as many contents. */
function after(...statuses: readonly number[]) {
  const suspicions = createSuspicions(limits);
  suspicions.start(0, 0);
  for (const [content, status] of statuses.entries()) suspicions.answer(0, content, status);
  suspicions.end(0);
  return suspicions;
}

/** Whether another invocation of the instance may make this many attempts. */
function mayAttempt(suspicions: ReturnType<typeof createSuspicions>, attempts: number, process = 0) {
  suspicions.start(1, process);
  return Array.from({ length: attempts }, () => attempt(suspicions)).every(Boolean);
}

/** Makes a further attempt in invocation 1. @returns whether it was allowed. */
function attempt(suspicions: ReturnType<typeof createSuspicions>): boolean {
  const isAllowed = suspicions.mayAttempt(1);
  suspicions.attempt(1);
  return isAllowed;
}

it('allows one attempt of a batch after failures in a row, and any number before', () => {
  expect(mayAttempt(after(500, 0, 503), 1)).toBe(true);
  expect(mayAttempt(after(500, 0, 503), 2)).toBe(false);
  expect(mayAttempt(after(500, 503), 2)).toBe(true);
  expect(mayAttempt(after(500, 500, 400, 500), 2)).toBe(true);
});

it('allows more attempts once a probe has another answer', () => {
  const suspicions = after(500, 500, 500);
  suspicions.start(1, 0);
  expect(attempt(suspicions)).toBe(true);
  suspicions.answer(1, 9, 200);
  expect([attempt(suspicions), attempt(suspicions)]).toEqual([true, true]);
});

it('asks nothing of an instance for what another one, or one that died, has learned', () => {
  expect(mayAttempt(after(500, 500, 500), 2, 1)).toBe(true);
  const suspicions = after(500, 500, 500);
  suspicions.die(0);
  expect(mayAttempt(suspicions, 2)).toBe(true);
});

it('lets the pushes of an instance wait for as long as a 429 asked, and a tenth more', () => {
  const waits = (...answers: readonly (readonly [number, number])[]) => {
    const suspicions = createSuspicions(limits);
    suspicions.start(0, 0);
    for (const [content, [status, seconds]] of answers.entries()) suspicions.answer(0, content, status, seconds);
    return suspicions.mayWaitSeconds(0);
  };
  expect(waits([503, 30], [200, -1])).toBeUndefined();
  expect(waits([429, -1])).toBe(0);
  expect(waits([429, 30], [429, 10], [200, -1])).toBeCloseTo(33);
});

it.each([
  ['a few final answers', [404, 404, 410], false],
  ['final answers for as many devices as make the address suspect', [404, 400, 404, 302], true],
  ['the same with failures between', [404, 400, 500, 404, 404], true],
  ['a delivery between', [404, 404, 200, 404, 404], false],
])('doubts final answers after %s: %s', (_what, statuses, isDoubted) => {
  const suspicions = after(...statuses);
  suspicions.start(1, 0);
  expect(suspicions.mustDoubt(1)).toBe(isDoubted);
  expect(suspicions.mustBelieve(1)).toBe(!isDoubted);
});

it.each([
  [[404], false],
  [[200, 404, 404, 404], true],
  [[200, 404, 404, 404, 404], false],
])('lets an instance that got %s confirm a dead device: %s', (statuses, mayConfirm) => {
  const suspicions = after(...statuses);
  suspicions.start(1, 0);
  expect(suspicions.mayConfirm(1)).toBe(mayConfirm);
});

it('suspects an address whose name is not found twice without an answer between', () => {
  const isSuspectedAfter = (...answers: readonly (readonly [status: number, detail: number])[]) => {
    const suspicions = createSuspicions({ ...limits, outageFailures: 9 });
    suspicions.start(0, 0);
    for (const [content, [status, detail]] of answers.entries()) suspicions.answer(0, content, status, detail);
    return suspicions.isSuspected(0);
  };
  const fault = [0, details.addressFault] as const;
  expect(isSuspectedAfter(fault)).toBe(false);
  expect(isSuspectedAfter(fault, [0, details.none], fault)).toBe(true);
  expect(isSuspectedAfter(fault, [500, details.none], fault)).toBe(false);
  expect(isSuspectedAfter(fault, fault, [404, details.none])).toBe(false);
});

it('lets pushes be left in an outage only until the probe of their batch is answered', () => {
  const suspicions = after(500, 500, 500);
  suspicions.start(1, 0);
  expect(suspicions.mayLeave(1)).toBe(true);
  suspicions.answer(1, 7, 500);
  expect(suspicions.mayLeave(1)).toBe(true);
  suspicions.start(2, 0);
  suspicions.answer(2, 8, 200);
  expect(suspicions.mayLeave(2)).toBe(false);
  for (const content of [9, 10, 11]) suspicions.answer(2, content, 500);
  suspicions.answer(2, 12, 200);
  expect(suspicions.mayLeave(2)).toBe(true);
});

it('takes a page for no proof of the address', () => {
  const suspicions = after();
  suspicions.start(1, 0);
  suspicions.answer(1, 0, 200, details.page);
  expect(suspicions.mayConfirm(1)).toBe(false);
  suspicions.answer(1, 1, 200);
  expect(suspicions.mayConfirm(1)).toBe(true);
});
