import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseFilter } from '../shared/outcomes/filter.ts';
import { outcomeKinds } from '../shared/outcomes/outcome-event.ts';
import { deadLetterReasons } from '../shared/push/dead-letter.ts';
import { outageWith, useDelivery } from './support/deliver.ts';
import { recordOf } from './support/sqs-event.ts';

const textOf = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');
const page = textOf('outcomes.md');
const schema = JSON.parse(textOf('outcome-event.schema.json')) as {
  readonly properties: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
};

/** The schema, closed: it refuses what it does not describe, which a subscriber must ignore. */
const closed = {
  ...schema,
  additionalProperties: false,
  properties: Object.fromEntries(
    Object.entries(schema.properties).map(([name, each]) => [
      name,
      'properties' in each ? { ...each, additionalProperties: false } : each,
    ]),
  ),
};

function faultsOf(event: unknown): unknown {
  const ajv = new Ajv2020({ allErrors: true });
  ajv.validate(closed, event);
  return ajv.errors ?? [];
}

describe('docs/outcome-event.schema.json', () => {
  const { deliver, events } = useDelivery();
  const policy = { lifetimeSeconds: 5, backoffBaseSeconds: 1, backoffCapSeconds: 1, maxReceiveCount: 900 };
  const old = { ageMs: 10_000 };
  const told = async () => (await events()).map(({ event }) => event);

  it('describes every event that the relay publishes, however its push ended', async () => {
    const records = [
      recordOf({ DeviceToken: 'unregistered' }, { client: 'crm', sweep: { plan: 'nightly', run: '2026-01-02' } }),
      recordOf({ DeviceToken: 'fail-400', Selector: 's'.repeat(5000) }),
      recordOf({ DeviceToken: 'fail-500' }, old),
      recordOf({ DeviceToken: 'fail-503' }, old),
      recordOf({ DeviceToken: 'reset' }, old),
      { ...recordOf(), body: 'unreadable' },
    ];
    await deliver(records, { policy });
    const given = await told();
    expect(given.map(({ outcome }) => outcome).toSorted()).toEqual([
      'malformed',
      'rejected',
      'throttled',
      'transient',
      'transient',
      'unregistered',
    ]);
    for (const event of given) expect(faultsOf(event)).toEqual([]);
  });

  it('describes the event of a push that was not tried', async () => {
    const outage = outageWith({ outageFailures: 1 });
    await deliver([recordOf({ DeviceToken: 'fail-500' })], { policy, outage });
    await deliver([recordOf({ DeviceToken: 'fail-500' }, old), recordOf({ DeviceToken: 'fail-500-9' }, old)], {
      policy,
      outage,
    });
    const given = await told();
    expect(given.map(({ outcome }) => outcome).toSorted()).toEqual(['transient', 'untried']);
    for (const event of given) expect(faultsOf(event)).toEqual([]);
  });

  it('describes receipts', async () => {
    await deliver([recordOf()], { publishDelivered: true });
    const given = await told();
    expect(given.map(({ outcome }) => outcome)).toEqual(['delivered']);
    for (const event of given) expect(faultsOf(event)).toEqual([]);
  });

  it('has every outcome and every reason', () => {
    expect(schema.properties['outcome']?.enum).toEqual(outcomeKinds);
    expect(schema.properties['reason']?.enum).toEqual(deadLetterReasons);
  });
});

describe('docs/outcomes.md', () => {
  it('shows an event that the schema describes', () => {
    const [, json = ''] = /^```json\n(.+?)^```$/ms.exec(page) ?? [];
    expect(faultsOf(JSON.parse(json))).toEqual([]);
  });

  it('has a row for each field of the schema', () => {
    const fields = [...(/\| field .+?\n\n/s.exec(page)?.[0].matchAll(/^\| `(\w+)`/gm) ?? [])].map(([, name]) => name);
    expect(fields.toSorted()).toEqual(Object.keys(schema.properties).toSorted());
  });

  it('shows a filter, and the filter policy that it is', () => {
    const [, filter = ''] = /^```\n([^\n]+)\n```$/m.exec(page) ?? [];
    const [, policy = ''] = /this filter is `(\{.+?\})`/.exec(page) ?? [];
    expect(parseFilter(filter)).toEqual({ value: JSON.parse(policy) as unknown });
  });

  it('has the values that a filter takes', () => {
    const rows = [...(/\| attribute .+?\n\n/s.exec(page)?.[0].matchAll(/^\| `(\w+)` +\| (.+?)(?:;.*)?\|$/gm) ?? [])];
    expect(rows.map(([, name]) => name)).toEqual([
      ...['outcome', 'reason', 'confirmed', 'verb', 'appId', 'client', 'queue'],
    ]);
    for (const [, name = '', values = ''] of rows) {
      const listed = [...values.matchAll(/`(\w+)`/g)].map(([, value = '']) => value);
      const filter = `${name}=${listed.length === 0 ? 'any' : listed.join(',')}`;
      expect(parseFilter(filter)).toEqual({ value: { [name]: listed.length === 0 ? ['any'] : listed } });
    }
  });
});
