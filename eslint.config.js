import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The arrows of the architecture: from the edges to the core, never back. Each file has one of these rules. */
const arrows = (files, ignores, folders, message) => ({
  files,
  ignores,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: `^\\.\\./(.*/)?(${folders})/`, message }] }] },
});
const outside = 'bench|functions|local|scripts|test|tool';

export default defineConfig(
  { ignores: ['dist/', '.serverless/', 'coverage/'] },
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
      ...['functions/*.ts', 'local/start.ts', 'local/framework-plugin.ts', 'tool/pnm2-relay.ts', 'test/**'],
      ...['bench/run.ts', 'bench/contenders/**'],
    ],
    rules: { 'no-restricted-properties': 'off' },
  },
  { files: ['shared/core/*.ts'], rules: { 'no-restricted-imports': ['error', { patterns: ['../*'] }] } },
  arrows(
    ['shared/accept/*.ts'],
    [],
    `${outside}|deliver|sweep|sqs|s3`,
    'The door knows what it needs, not who gives it.',
  ),
  arrows(
    ['shared/deliver/*.ts'],
    [],
    `${outside}|accept|sweep|sqs|s3`,
    'The way out knows what it needs, not who gives it.',
  ),
  arrows(
    ['shared/sweep/*.ts'],
    [],
    `${outside}|accept|deliver|sqs|s3`,
    'A sweep knows what it needs, not who gives it.',
  ),
  arrows(
    ['shared/**/*.ts'],
    ['shared/core/*.ts', 'shared/accept/*.ts', 'shared/deliver/*.ts', 'shared/sweep/*.ts'],
    outside,
    'What is shared does not know who uses it.',
  ),
  { files: ['**/*.js', '**/*.cjs'], extends: [tseslint.configs.disableTypeChecked] },
  {
    files: ['**/*.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
    languageOptions: { globals: { process: 'readonly', console: 'readonly', require: 'readonly' } },
  },
);
