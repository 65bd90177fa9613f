import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { documentedParameters, requires, verbParameters, verbs } from '../../../shared/push/push.ts';

describe('the table of verbs', () => {
  it('gives the parameters that the gateway requires', () => {
    expect(documentedParameters.slice(0, 5)).toEqual(['verb', 'AppId', 'DeviceToken', 'Selector', 'Message']);
    expect(new Set(documentedParameters).size).toBe(documentedParameters.length);
    expect(requires('NotifyTextMessage', 'Selector')).toBe(true);
    expect(requires('NotifyTextMessage', 'Message')).toBe(false);
    expect(requires('NotifyOther', 'Selector')).toBe(false);
    expect(verbParameters.get('Selector')).toContain('NotifyTextMessage');
    expect(verbParameters.get('Selector')).not.toContain('NotifyReprovision');
  });

  it('is the one in docs/api.md', async () => {
    const api = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const rows = [...verbs].map(
      ([verb, { required }]) => `\`${verb}\` ${required.map((name) => `\`${name}\``).join(', ') || '–'}`,
    );
    const documented = [...api.matchAll(/^\| `(Notify\w+)` +\| ([^|]+?) +\|/gm)].map(
      ([, verb = '', cell = '']) => `\`${verb}\` ${cell}`,
    );
    expect(documented).toEqual(rows);
  });
});
