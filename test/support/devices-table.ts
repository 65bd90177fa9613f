import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { tablesOf, type TableDefinition } from '../../local/template.ts';

const template = fileURLToPath(new URL('../../infra/registry.yml', import.meta.url));

/** The table of devices as it is deployed, under another name. */
export function readDevicesTable(TableName: string): TableDefinition {
  const resources = parse(readFileSync(template, 'utf8'), { logLevel: 'error' }) as { Resources: never };
  const [table] = tablesOf({ functions: {}, resources });
  if (table === undefined) throw new Error('infra/registry.yml has no table');
  return { ...table, TableName };
}
