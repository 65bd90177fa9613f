import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AcceptDependencies } from '../functions/accept/handler.ts';
import { createApiKey, parseApiKeys } from '../shared/api-key.ts';
import { encodeForm } from '../shared/push/form.ts';
import { sendEvent } from './support/accept.ts';
import { httpEvent } from './support/http-event.ts';
import { parametersWith } from './support/pushes.ts';
import { registeredDevice } from './support/registry.ts';

const textOf = (name: string) => readFileSync(new URL(`../docs/${name}`, import.meta.url), 'utf8');

describe('docs/api.md', () => {
  const [batch, accepted, problem] = [...textOf('api.md').matchAll(/^```json\n(.+?)^```$/gms)].map(
    ([, json = '']) => JSON.parse(json) as unknown,
  );

  it('shows the answer to a batch', async () => {
    const AppId = 'com.example.softphone';
    const { key, entry } = createApiKey('shop', [AppId]);
    const reading = parseApiKeys(entry);
    const push = { verb: 'NotifyReprovision', AppId, DeviceToken: 'first' };
    const pushes = [push, { ...push, DeviceToken: undefined }, { ...push, AppId: 'com.example.other' }, push];
    const headers = { 'content-type': 'application/json', 'x-api-key': key };
    const enqueueBatch: AcceptDependencies['enqueueBatch'] = (queued) =>
      Promise.resolve({ ids: new Map(queued.slice(0, 1).map((one) => [one, '5f0c7a5e-0a52-4a6e-9a2c-5d1f3f1f9f0b'])) });
    const event = httpEvent({ body: JSON.stringify(pushes), headers });
    const answer = await sendEvent(event, { access: reading.ok ? reading.keys : [], enqueueBatch });
    expect(answer).toMatchObject({ status: 202, body: batch });
    expect(answer.body).toEqual(batch);
  });

  it('shows the answer to a push to an account', async () => {
    const { ids } = accepted as { readonly ids: readonly string[] };
    const overrides: Partial<AcceptDependencies> = {
      devicesOf: () => Promise.resolve(ids.map((deviceToken) => registeredDevice({ deviceToken }))),
      enqueueBatch: (queued) => Promise.resolve({ ids: new Map(queued.map((one) => [one, one.push.deviceToken])) }),
    };
    const body = encodeForm([
      ['verb', 'NotifyReprovision'],
      ['Account', 'alice'],
    ]);
    expect((await sendEvent(httpEvent({ body }), overrides)).body).toEqual(accepted);
  });

  it('shows the problem document of its example', async () => {
    const [, body = ''] =
      /curl \S+ -d "(.+)"/.exec(textOf('api.md').slice(textOf('api.md').indexOf('## Problem'))) ?? [];
    const { status, body: answer } = await sendEvent(httpEvent({ body }));
    expect({ status, answer }).toEqual({ status: 400, answer: problem });
  });
});

describe('the table of docs/migrating.md', () => {
  const table = /\| the client looks for .+?\n\n/s.exec(textOf('migrating.md'))?.[0] ?? '';
  const [, , ...rows] = table
    .trim()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

  const judges: Readonly<Record<string, (status: number, code: unknown) => boolean>> = {
    'a network error, and nothing else': () => true,
    'any 2xx': (status) => status >= 200 && status < 300,
    '`code` = 200 in the body': (_status, code) => code === 200,
  };
  const valid = { body: encodeForm(parametersWith()) };
  const answers = () =>
    Promise.all([
      sendEvent(httpEvent(valid)),
      sendEvent(httpEvent({ body: encodeForm(parametersWith({ Selector: undefined })) })),
      sendEvent(httpEvent(valid), { enqueue: () => Promise.reject(new Error('SQS is down')) }),
      // A token that is no longer registered is known only after the push was accepted.
      sendEvent(httpEvent({ body: encodeForm(parametersWith({ DeviceToken: 'unregistered' })) })),
    ]);

  it.each(rows)('says what a client takes for success that looks for %s', async (way = '', ...cells) => {
    const judge = judges[way];
    const results = (await answers()).map(({ status = 0, body }) => judge?.(status, (body as { code?: unknown }).code));
    expect(cells.map((cell) => cell.startsWith('success'))).toEqual(results);
  });

  it('has a row for each way', () => {
    expect(rows.map(([way]) => way)).toEqual(Object.keys(judges));
  });
});
