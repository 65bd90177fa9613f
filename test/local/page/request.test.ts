import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalOf } from '../../../local/page/send/answer.ts';
import { curlOf, requestOf, wgetOf, type Draft } from '../../../local/page/send/request.ts';
import type { StackInfo } from '../../../local/sandbox/api.ts';
import { startIntakeServer, type IntakeServer } from '../../support/intake-server.ts';

const run = promisify(execFile);

const stack: Pick<StackInfo, 'verbs' | 'requiresKey'> = {
  requiresKey: true,
  verbs: [
    { name: 'NotifyTextMessage', required: ['Selector'] },
    { name: 'NotifyGenericTextMessage', required: ['Message'] },
  ],
};

const draftOf = (part: Partial<Draft>): Draft => ({
  ...{ verb: 'NotifyGenericTextMessage', to: 'device', others: [], format: 'form' },
  ...{ ttl: '', idempotencyKey: '', apiKey: '' },
  values: { AppId: 'a', DeviceToken: 't+/=', Message: 'Hello', Selector: 's', Account: 'alice' },
  ...part,
});

describe('the request of the form', () => {
  it('has the parameters that the verb requires, in the order of the fields', () => {
    expect(requestOf(draftOf({}), stack)).toEqual({
      path: '',
      headers: [['Content-Type', 'application/x-www-form-urlencoded']],
      parameters: [
        ...[
          ['verb', 'NotifyGenericTextMessage'],
          ['AppId', 'a'],
          ['DeviceToken', 't+/='],
          ['Message', 'Hello'],
        ],
      ],
      format: 'form',
      body: 'verb=NotifyGenericTextMessage&AppId=a&DeviceToken=t%2B%2F%3D&Message=Hello',
    });
    expect(requestOf(draftOf({ verb: 'NotifyTextMessage' }), stack).body).toMatch(/&Selector=s$/);
  });

  it('has an account in place of the device and its selector', () => {
    const { body } = requestOf(draftOf({ verb: 'NotifyTextMessage', to: 'account' }), stack);
    expect(body).toBe('verb=NotifyTextMessage&Account=alice');
  });

  it('leaves out what is empty, and has what was added, as JSON if it is chosen', () => {
    const others = [
      { row: 1, name: 'Badge', value: '3' },
      { row: 2, name: 'Sound', value: '' },
      { row: 3, name: '', value: 'x' },
    ];
    const request = requestOf(
      draftOf({ others, format: 'json', values: { AppId: '"a"' }, ttl: '60', idempotencyKey: 'one', apiKey: 'KEY' }),
      stack,
    );
    expect(request).toMatchObject({
      path: '/send',
      headers: [
        ...[
          ['Content-Type', 'application/json'],
          ['X-Api-Key', 'KEY'],
          ['TTL', '60'],
          ['Idempotency-Key', 'one'],
        ],
      ],
      body: '{"verb":"NotifyGenericTextMessage","AppId":"\\"a\\"","Badge":"3"}',
    });
  });
});

describe('the commands, run by a shell,', () => {
  let intake: IntakeServer;
  beforeAll(async () => {
    intake = await startIntakeServer();
  });
  afterAll(() => intake.stop());

  const awkward = `it's "$HOME" \`id\` \\ ! & ; # % * ~ | < > (a) {b} $(id)\n\tline two @file 100% Grüße مرحبا 😀 -d `;
  const others = [
    { row: 1, name: "it's & a=b", value: '@/etc/hosts' },
    { row: 2, name: '-d', value: "''" },
  ];
  const commands = { curl: curlOf, wget: wgetOf };
  const programs = (['curl', 'wget'] as const).filter((name) => spawnSync(name, ['--version']).status === 0);
  it.each(programs.flatMap((name) => (['form', 'json'] as const).map((format) => [name, format] as const)))(
    'send exactly the push of the form: %s, %s',
    async (name, format) => {
      const values = { AppId: 'com.example.app', DeviceToken: "a+b/c='", Message: awkward };
      const request = requestOf(draftOf({ values, others, format, ttl: '60', apiKey: intake.key }), stack);
      const { stdout } = await run('sh', ['-c', commands[name](request, `${intake.url}/pnm2`)]);
      expect(JSON.parse(stdout)).toMatchObject({ code: 200 });
      expect(intake.queued.at(-1)).toMatchObject({ push: { parameters: request.parameters } });
      expect(request.parameters).toContainEqual(['Message', awkward]);
    },
  );
});

describe('a refusal', () => {
  const detail = 'What is wrong.';
  const fault = (parameter: string | undefined, code: string) => ({
    ...(parameter !== undefined && { parameter }),
    ...{ code, detail },
  });

  it('has each fault at its field, and the others apart', () => {
    const draft = draftOf({ others: [{ row: 4, name: 'appid', value: 'a' }] });
    const faults = [fault('AppId', 'missing'), fault('appid', 'misspelt'), fault(undefined, 'ttl')];
    const answer = refusalOf(
      400,
      { faults: [...faults, fault('Badge', 'nested'), fault(undefined, 'json')] },
      draft,
      stack,
    );
    expect(answer).toEqual({
      kind: 'refused',
      byField: new Map([
        ['AppId', [detail]],
        ['row 4', [detail]],
        ['TTL', [detail]],
      ]),
      others: [detail, detail],
    });
  });

  it.each([
    [409, 'Idempotency-Key'],
    [422, 'Idempotency-Key'],
  ])('with the status %i is at the field %s', (status, field) => {
    const answer = refusalOf(status, { response: detail }, draftOf({}), stack);
    expect(answer).toEqual({ kind: 'refused', byField: new Map([[field, [detail]]]), others: [] });
  });

  it.each([
    ['', 'An API key is missing'],
    ['2bb80d53', 'This API key is not in API_KEYS.'],
  ])('with the status 401 and the key "%s" says what the key must be', (apiKey, words) => {
    const answer = refusalOf(401, { response: detail }, draftOf({ apiKey }), stack);
    const said = expect.stringContaining(words) as string;
    expect(answer).toEqual({ kind: 'refused', byField: new Map([['X-Api-Key', [said]]]), others: [] });
  });

  it('of an account without devices is at the field of the account, if there is one', () => {
    const to = (to: Draft['to']) => refusalOf(404, { response: detail }, draftOf({ to }), stack);
    expect(to('account')).toMatchObject({ byField: new Map([['Account', [detail]]]), others: [] });
    expect(to('device')).toMatchObject({ byField: new Map(), others: [detail] });
  });

  it('in any other form says what it can', () => {
    const others = (status: number, body: object) => refusalOf(status, body, draftOf({}), stack);
    expect(others(503, { error: detail })).toMatchObject({ others: [detail] });
    expect(others(429, { message: detail })).toMatchObject({ others: [detail] });
    expect(others(500, {})).toMatchObject({ others: ['The intake answered 500.'] });
  });
});
