import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Tests that start processes, package the template or take seconds. `npm run test:fast` leaves them out. */
const slow = ['test/{bench,end-to-end,faults}/**/*.test.ts', 'test/**/*.slow.test.ts'];

/** Slow tests in a browser. */
const page = ['test/local/page/**/*.slow.test.ts'];

export default defineConfig({
  test: {
    // Vitest leaves one core idle by default. On a machine with two, that doubles the time.
    maxWorkers: '100%',
    // Generous, because a test waits for a condition and never for a fixed time: the limit only ends what hangs.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    projects: [
      // Without isolation the files of a worker share the modules they import, which halves the CPU time.
      {
        extends: true,
        test: {
          ...{ name: 'fast', include: ['test/**/*.test.ts'], exclude: slow, isolate: false },
          // A third of their time is waiting. Projects with different numbers of workers run one after the other.
          maxWorkers: availableParallelism() + 1,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'slow', include: slow, exclude: page, sequence: { groupOrder: 1 } } },
      {
        extends: true,
        test: {
          ...{ name: 'page', include: page, globalSetup: 'test/support/chromium-setup.ts' },
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
