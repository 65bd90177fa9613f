import { describe, expect, it } from 'vitest';
import { runSuite } from './suite.ts';

describe('the account of a thousand pushes, while everything around the relay fails', () => {
  it('balances: each that was accepted was delivered or is a dead letter', { timeout: 240_000 }, async () => {
    const seed = Math.floor(Math.random() * 1_000_000);
    const account = await runSuite({ seed, pushes: 1000, limitMs: 200_000, print: () => undefined });
    const told = { seed, ...account };
    expect(told).toMatchObject({ lost: 0, waiting: 0, wronglyGivenUp: 0, faults: { 'instances thrown': 0 } });
    // Without faults the account would say nothing.
    expect(account.faults['instances killed']).toBeGreaterThan(0);
    expect(account.faults['cut after']).toBeGreaterThan(0);
    expect(Object.values(account.deadLettered).length).toBeGreaterThan(0);
  });
});
