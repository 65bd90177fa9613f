import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Generous, because a test waits for a condition and never for a time: the limit only ends what hangs.
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
