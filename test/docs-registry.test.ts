import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cli } from './support/cli.ts';

const page = readFileSync(new URL('../docs/registry.md', import.meta.url), 'utf8');

describe('docs/registry.md', () => {
  it('shows the keys of Account XML as the command prints them', async () => {
    const [, xml] = /^```xml\n(.+?)^```$/ms.exec(page) ?? [];
    expect((await cli(['registry', 'account-xml', '--url', 'https://push.example.com'])).stdout).toBe(xml);
  });
});
