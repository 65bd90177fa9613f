import { describe, expect, it, onTestFinished } from 'vitest';
import { behaviourLine, leftMessage, readableLogLine } from '../../local/output.ts';
import { startQueues } from '../support/queues.ts';

describe('the line of a behaviour', () => {
  const rest = { away: true, slowMs: 0, failure: null, pushesPerSecond: null };

  it('says when an outage ends', () => {
    const until = new Date(2026, 0, 2, 3, 4, 5).toISOString();
    expect(behaviourLine({ ...rest, words: 'away', awayUntil: until })).toBe('gateway        away until 03:04:05');
    expect(behaviourLine({ ...rest, words: 'away' })).toBe('gateway        away');
  });

  it('says why the gateway cannot come back', () => {
    const line = behaviourLine({ ...rest, words: 'cannot come back', fault: 'The port is taken.' });
    expect(line).toBe('gateway        cannot come back: The port is taken.');
  });
});

const line = (fields: object) => readableLogLine(JSON.stringify(fields));

describe('of the log of a function, the local stack', () => {
  it('shows what a sweep has done, in words and without metrics', () => {
    const slice = { level: 'info', message: 'slice', plan: 'plans/a.json', enqueued: 300, from: { row: 1 } };
    expect(line({ ...slice, _aws: { Timestamp: 1 }, Stage: 'local', Enqueued: 300 })).toBe(
      'sweep slice      plan plans/a.json  enqueued 300  from (row 1)',
    );
    expect(line({ level: 'info', message: 'run' })).toBe('sweep run');
  });

  it('shows what apps have reported', () => {
    const fields = { result: 'registered', account: '2bd806c97f0e', device: '6a1d0c4f25b7' };
    expect(line({ level: 'info', message: 'report', ...fields, _aws: {}, ReportsTaken: 1 })).toBe(
      'report           result registered  account 2bd806c97f0e  device 6a1d0c4f25b7',
    );
    expect(line({ level: 'info', message: 'removal', result: 'removed', devices: 2 })).toBe(
      'removal          result removed  devices 2',
    );
  });

  it('shows which devices have left the registry, and which have not', () => {
    const fields = { id: 'push 1', device: '3a06304c49f5' };
    expect(line({ level: 'info', message: 'device pruned', ...fields })).toBe(
      'device pruned    id push 1  device 3a06304c49f5',
    );
    expect(line({ level: 'info', message: 'device kept', ...fields, why: 'unconfirmed' })).toBe(
      'device kept      id push 1  device 3a06304c49f5  why unconfirmed',
    );
  });

  it('shows warnings and errors, in words and without metrics', () => {
    const refused = { level: 'warn', message: 'push refused', status: 400, faults: ['AppId: missing', 'json'] };
    expect(line({ ...refused, _aws: {}, Stage: 'local', RefusedInvalidParameters: 1 })).toBe(
      'warn           push refused  status 400  faults AppId: missing, json',
    );
    const failed = { level: 'error', message: 'batch failed', error: { name: 'Error', at: ['a.ts:1', 'b.ts:2'] } };
    expect(line(failed)).toBe('error          batch failed  error (name Error, at a.ts:1, b.ts:2)');
  });

  it('shows each refused push of a batch below the line of the batch', () => {
    const first = [
      { index: 1, faults: ['Selector: missing'], verb: 'NotifyTextMessage' },
      { index: 2, faults: ['object'] },
    ];
    expect(line({ level: 'warn', message: 'pushes of a batch refused', first, pushes: 4, refused: 2 })).toBe(
      [
        'warn           pushes of a batch refused  pushes 4  refused 2',
        '                         index 1  faults Selector: missing  verb NotifyTextMessage',
        '                         index 2  faults object',
      ].join('\n'),
    );
  });

  it('hides the line of a batch and a line with metrics alone', () => {
    expect(line({ level: 'info', message: 'batch' })).toBeUndefined();
    expect(line({ _aws: {}, Accepted: 1 })).toBeUndefined();
  });

  it('shows control characters, and those that change the writing direction, as escapes', () => {
    const fields = { appId: '\u202Eevil', words: ['\x1b[2J', { more: 'a\nb' }] };
    expect(line({ level: 'info', message: 'report', ...fields })).toBe(
      String.raw`report           appId \u{202e}evil  words \u{1b}[2J, (more a\u{a}b)`,
    );
  });

  it('shows a line that is not JSON as it is', () => {
    expect(readableLogLine('{"half')).toBe('{"half');
  });
});

describe('when it has stopped, the local stack', () => {
  const queues = { pushes: 'pushes', sweeps: 'sweeps', undeliverable: 'undeliverable' };

  it('says how many pushes are dropped or kept: visible, delayed or in flight, and dead letters', async () => {
    const { server, stop } = await startQueues();
    onTestFinished(stop);
    expect(leftMessage(server, queues, 0, undefined)).toBeUndefined();
    server.sendMessage('undeliverable', 'dead');
    expect(leftMessage(server, queues, 0, '/data')).toBe('Kept in /data: 1 dead letter.');
    server.sendMessage('pushes', 'visible');
    server.createQueue('sweeps');
    server.sendMessage('sweeps', 'delayed', { delaySeconds: 900 });
    expect(leftMessage(server, queues, 0, undefined)).toBe(
      'Dropped: 2 pushes and 1 dead letter. To keep them, start with DATA_DIR=PATH npm start.',
    );
    expect(leftMessage(server, queues, 13, '/data')).toBe('Kept in /data: 2 pushes, 1 dead letter and 13 devices.');
  });

  it('says how many devices are dropped or kept', async () => {
    const { server, stop } = await startQueues();
    onTestFinished(stop);
    expect(leftMessage(server, queues, 1, '/data')).toBe('Kept in /data: 1 device.');
    expect(leftMessage(server, queues, 1000, '/data')).toBe('Kept in /data: 1000 devices or more.');
  });
});
