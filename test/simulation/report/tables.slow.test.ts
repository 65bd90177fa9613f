import { describe, expect, it } from 'vitest';
import { rowsOf } from '../../support/table-rows.ts';
import { scenarios } from '../scenarios.ts';
import { tables } from './tables.ts';
import { tryOut } from '../trial.ts';

describe.each(Object.entries(tables))('the table of %s in docs/delivery.md', (_name, { rows, pushes, rowOf }) => {
  it.each(rows)('has the figures of %s', async (name) => {
    const scenario = scenarios[name];
    if (scenario === undefined) throw new Error(`there is no scenario ${name}`);
    const trial = await tryOut({ seed: 1, pushes, scenario });
    expect(trial.faults).toEqual([]);
    const documented = await rowsOf('docs/delivery.md');
    const start = `| \`${name}\` | `;
    expect(documented.filter((row) => row.startsWith(start))).toEqual([rowOf(name, trial)]);
  });
});
