import { describe, expect, it } from 'vitest';
import { startQueues } from '../support/queues.ts';
import { startCampaign, type CampaignOptions, type Finding } from './campaign.ts';
import { repeatEvent } from './fuzz.ts';
import { readRecipe } from './recipe-text.ts';

async function run(options: Omit<CampaignOptions, 'onFinding'>) {
  const findings: Finding[] = [];
  const campaign = startCampaign({ ...options, onFinding: (finding) => findings.push(finding) });
  return { report: await campaign.ended, findings };
}

const scriptOf = (source: string) => new URL(`data:text/javascript,${encodeURIComponent(source)}`);

describe('a campaign', () => {
  it('sends all events, in as many seeds as it takes, and adds up what became of them', async () => {
    const { report, findings } = await run({ seed: 5, events: 1100, workers: 2, seedEvents: 300 });
    expect(findings).toEqual([]);
    const { events, seeds, tally, violating } = report;
    expect({ events, seeds, violating, findings: report.findings }).toEqual({
      ...{ events: 1100, seeds: 4, violating: 0, findings: 0 },
    });
    expect(Object.values(tally).reduce((sum, count) => sum + count)).toBe(1100);
    expect(tally['202']).toBeGreaterThan(200);
    expect(report.pushes).toBeGreaterThan(400);
  });

  it('shares its events among the workers', async () => {
    const { report } = await run({ seed: 5, events: 101, workers: 2 });
    expect(report.seeds).toBe(2);
    expect(report.events).toBe(101);
  });

  it('is the same for the same seed, whatever the number of workers', async () => {
    const [one, other] = await Promise.all(
      [1, 2].map((workers) => run({ seed: 7, events: 400, workers, seedEvents: 200 })),
    );
    expect(one?.report).toEqual(other?.report);
  });

  it('ends early, with what was done until then', async () => {
    const stopping = new AbortController();
    const campaign = startCampaign({
      ...{ seed: 5, events: 1_000_000_000, workers: 2, signal: stopping.signal },
      onFinding: () => undefined,
    });
    await expect.poll(() => campaign.reportNow().events, { timeout: 60_000 }).toBeGreaterThan(0);
    stopping.abort();
    const { events, seeds } = await campaign.ended;
    expect(events).toBeGreaterThan(0);
    expect(seeds).toBe(2);
  });
});

describe('a finding', () => {
  it('is reported once, with the recipe that repeats it, and the campaign goes on', async () => {
    const worker = new URL('faulty-worker.ts', import.meta.url);
    const { report, findings } = await run({ seed: 5, events: 4000, workers: 2, seedEvents: 1000, worker });
    const all = findings.map(({ what }) => what);
    expect(all).toContain('a body larger than the maximum was accepted');
    expect(new Set(all).size).toBe(all.length);
    expect({ events: report.events, findings: report.findings }).toEqual({ events: 4000, findings: all.length });
    expect(report.violating).toBeGreaterThan(all.length);
    const finding = findings.find(({ what }) => what === 'a body larger than the maximum was accepted');
    const [, text = ''] = /^--recipe '(.*)'$/.exec(finding?.options ?? '') ?? [];
    const recipe = readRecipe(text);
    if (typeof recipe === 'string') throw new Error(recipe);
    // The intake of this test is not faulty.
    const queues = await startQueues();
    const { status, violation, dump } = await repeatEvent(recipe, { queues });
    await queues.stop();
    expect({ status, violation, dump }).toEqual({ status: 413, violation: undefined, dump: finding?.dump });
  });

  it('is a worker that ends', async () => {
    const worker = scriptOf('throw new RangeError("too deep")');
    const { report, findings } = await run({ seed: 5, events: 30, workers: 1, seedEvents: 10, worker });
    expect(report).toMatchObject({ events: 0, seeds: 3, findings: 1 });
    expect(findings).toHaveLength(1);
    expect(findings[0]?.what).toMatch(/^the worker ended: RangeError: too deep/);
    expect(findings[0]).toMatchObject({ seed: 5, options: '--seed 5 --events 10 --workers 1' });
  });

  it('is a worker that exits', async () => {
    const { findings } = await run({ seed: 5, events: 1, workers: 1, worker: scriptOf('process.exit(3)') });
    expect(findings.map(({ what }) => what)).toEqual(['the worker ended with the exit code 3']);
  });

  it('is a worker that hangs', async () => {
    const { findings } = await run({
      ...{ seed: 5, events: 1, workers: 1, silentMs: 500, worker: scriptOf('for (;;);') },
    });
    expect(findings.map(({ what }) => what)).toEqual(['no event ended within 0.5 s']);
  });
});
