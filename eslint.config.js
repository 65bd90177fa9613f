import eslint from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** The arrows of the architecture: from the edges to the core, never back. */
const arrows = (files, regex, message) => ({
  files: [files],
  rules: { 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] },
});

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
    files: ['functions/*.ts', 'local/start.ts', 'local/framework-plugin.ts', 'test/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  arrows('shared/core/*.ts', '^\\.\\./', 'The core depends on nothing around it.'),
  arrows('shared/*/*.ts', '/(functions|local|test|scripts)/', 'Shared code does not know who uses it.'),
  { files: ['**/*.js', '**/*.cjs'], extends: [tseslint.configs.disableTypeChecked] },
  { files: ['**/*.cjs'], languageOptions: { globals: { process: 'readonly', console: 'readonly' } } },
);
