import { describe, expect, it } from 'vitest';
import { withClock, withoutClock, withoutRealTime } from './real-time.ts';

const present = () => [Date.now(), new Date().getTime()];

describe('during a run', () => {
  it.each<[what: string, use: () => unknown]>([
    ['Date.now', () => Date.now()],
    ['the present date', () => new Date()],
    ['Math.random', () => Math.random()],
    ['setTimeout', () => setTimeout(() => undefined)],
  ])('%s throws', async (what, use) => {
    await expect(withoutRealTime(() => Promise.resolve(use()))).rejects.toThrow(`must not use ${what}`);
    expect(use).not.toThrow();
  });

  it('real time throws until the last of several runs is over', async () => {
    const first = Promise.withResolvers<undefined>();
    const second = Promise.withResolvers<undefined>();
    const runs = [withoutRealTime(() => first.promise), withoutRealTime(() => second.promise)];
    first.resolve(undefined);
    await runs[0];
    expect(present).toThrow('must not use Date.now');
    second.resolve(undefined);
    await runs[1];
    expect(present).not.toThrow();
  });

  it('a date that is given is one of the platform', async () => {
    const read = await withoutRealTime(() => {
      const date = new Date(5);
      return Promise.resolve([date instanceof Date, date.getTime(), Date.UTC(1970, 0), new Date(1970, 0).getDate()]);
    });
    expect(read).toEqual([true, 5, 0, 1]);
  });

  it('a library has the clock of its process, also after it has waited for others', async () => {
    const wait = () => new Promise((resolve) => setImmediate(resolve));
    const read = await withoutRealTime(() =>
      Promise.all(
        [1, 2].map((time) =>
          withClock(
            () => time,
            async () => {
              const before = present();
              await wait();
              return [...before, ...present()];
            },
          ),
        ),
      ),
    );
    expect(read).toEqual([
      [1, 1, 1, 1],
      [2, 2, 2, 2],
    ]);
  });

  it('code of the relay that a library calls has none', async () => {
    const call = () =>
      withClock(
        () => 1,
        () => withoutClock(() => Promise.resolve(present())),
      );
    await expect(withoutRealTime(call)).rejects.toThrow('must not use Date.now');
  });
});
