import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

export default defineConfig(
  { ignores: ['dist/', '.serverless/', 'coverage/', '.stryker-tmp/', 'reports/', 'docs/examples/pnm2-relay.d.ts'] },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: 'error',
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      // The environment is read where a process is put together, and passed on from there.
      'no-restricted-properties': ['error', { object: 'process', property: 'env', message: 'Pass it as an argument.' }],
    },
  },
  {
    files: [
      ...['functions/*/index.ts', 'local/start.ts', 'local/framework-plugin.ts', 'cli/pnm2-relay.ts', 'test/**'],
      ...['bench/run.ts', 'bench/contenders/**', 'docs/examples/**'],
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['**/*.js', '**/*.cjs'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['**/*.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
    languageOptions: { globals: { process: 'readonly', console: 'readonly', require: 'readonly' } },
  },
);
