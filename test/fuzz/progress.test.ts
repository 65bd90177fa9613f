import { describe, expect, it } from 'vitest';
import { durationOf, progressLine } from './progress.ts';

describe('the progress of a campaign', () => {
  it('shows how far it is, how fast it is, and when it ends', () => {
    expect(progressLine({ events: 2_500_000, findings: 1 }, 10_000_000, 250_000)).toBe(
      '2,500,000 of 10,000,000 events (25 %), 10,000 events/s, 13 min left, findings: 1',
    );
  });

  it('names no end before the first events', () => {
    expect(progressLine({ events: 0, findings: 0 }, 100, 0)).toBe('0 of 100 events (0 %), 0 events/s, findings: 0');
  });

  it.each([
    [0, '0 s'],
    [59.2, '59 s'],
    [59.7, '1 min'],
    [3569, '59 min'],
    [3599, '1 h 0 min'],
    [7500, '2 h 5 min'],
  ])('shows %d seconds as %s', (seconds, text) => {
    expect(durationOf(seconds)).toBe(text);
  });
});
