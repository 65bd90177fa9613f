import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli } from './support/cli.ts';

/** The commands of the CLI in the examples of a document, each as its words. */
function commandsIn(path: string): string[][] {
  const text = readFileSync(path, 'utf8').replaceAll(/\\\n/g, ' ');
  return [...text.matchAll(/^ *(?:\$ )?npx pnm2-relay ([^|>\n]+)/gm)].map(([, line = '']) => line.trim().split(/\s+/));
}

const commands = globSync('{*.md,docs/**/*.md}')
  .toSorted()
  .flatMap((path) => commandsIn(path).map((words) => [path, words] as const));

describe('the documents', () => {
  it('have examples of the CLI', () => {
    expect(commands.length).toBeGreaterThan(40);
  });

  it('name no command and no option that the CLI does not have', async () => {
    for (const [path, words] of commands) {
      const firstOption = words.findIndex((word) => word.startsWith('-'));
      const { exitCode, stdout } = await cli([
        ...words.slice(0, firstOption === -1 ? undefined : firstOption),
        '--help',
      ]);
      const unknown = words.filter((word) => word.startsWith('--') && !stdout.includes(` ${word} `));
      expect({ path, words, exitCode, unknown }).toEqual({ path, words, exitCode: 0, unknown: [] });
    }
  });
});
