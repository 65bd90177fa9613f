import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '../../../scripts/build.ts';
import { encodeForm } from '../../../shared/push/form.ts';
import { httpEvent } from '../../support/http-event.ts';
import { parametersWith } from '../../support/pushes.ts';
import { startQueues, type TestQueues } from '../../support/queues.ts';
import { startRegistry, type TestRegistry } from '../../support/registry.ts';

const cwd = fileURLToPath(new URL('../../../dist/accept', import.meta.url));

let queues: TestQueues;
let table: TestRegistry;
beforeAll(async () => {
  [queues, table] = await Promise.all([startQueues(), startRegistry(), buildFunctions()]);
});
afterAll(() => Promise.all([queues.stop(), table.stop()]));

/** Handles events, one after the other, and prints each status with the files that are loaded by then. */
const script = `
  const { basename } = require('node:path');
  const { handler, ready } = require('./index.cjs');
  const handle = async () => {
    await ready;
    for (const event of JSON.parse(process.env.EVENTS)) {
      const { statusCode } = await handler(event, { getRemainingTimeInMillis: () => 10_000 });
      process.stderr.write(JSON.stringify([statusCode, ...Object.keys(require.cache).map((file) => basename(file))]) + '\\n');
    }
  };
  void handle();
`;

describe('the bundle of accept', () => {
  it('has nothing of the table, and loads it for the first request with an Idempotency-Key', async () => {
    const form = encodeForm(parametersWith());
    const [body, headers] = [Buffer.from(form), { 'idempotency-key': 'a key' }];
    const json = { body: JSON.stringify([{}]), headers: { 'content-type': 'application/json' } };
    const events = [httpEvent({ body }), httpEvent(json), httpEvent({ method: 'GET' }), httpEvent({ body, headers })];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['-e', script], {
      cwd,
      env: {
        ...table.environment,
        AWS_ENDPOINT_URL_SQS: new URL(queues.pushes.url).origin,
        ...{ STAGE: 'test', OPEN_INTAKE: 'true', PUSHES_QUEUE_URL: queues.pushes.url },
        // Other parts of the library write more to the output with these.
        ...{ POWERTOOLS_DEV: 'true', POWERTOOLS_LOG_LEVEL: 'DEBUG' },
        EVENTS: JSON.stringify(events),
      },
    });
    expect(stderr.trim().split('\n')).toEqual([
      ...[202, 400, 405].map((status) => JSON.stringify([status, 'index.cjs'])),
      JSON.stringify([202, 'index.cjs', 'table.cjs']),
    ]);
    // Nothing but the log goes to the output.
    for (const line of stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('_aws');
    const [first = '', later = ''] = await Promise.all(
      ['index.cjs', 'table.cjs'].map((file) => readFile(`${cwd}/${file}`, 'utf8')),
    );
    const traces = ['DynamoDB_20120810', 'IdempotencyAlreadyInProgressError'];
    expect(traces.filter((trace) => first.includes(trace))).toEqual([]);
    expect(traces.filter((trace) => later.includes(trace))).toEqual(traces);
  });
});
