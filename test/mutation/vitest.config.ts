import { defineConfig } from 'vitest/config';
import { parts } from './parts.ts';

const tests = parts[process.env['MUTATION_PART'] ?? '']?.tests;
if (tests === undefined) throw new Error('MUTATION_PART names no part: run this by npm run mutate');

export default defineConfig({
  test: {
    include: [...tests],
    // A change that makes the code hang costs the limit of a test each time.
    testTimeout: 8000,
    hookTimeout: 30_000,
  },
});
