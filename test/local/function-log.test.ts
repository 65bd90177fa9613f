import { describe, expect, it } from 'vitest';
import { readableLogLine } from '../../local/function-log.ts';

const line = (fields: object) => readableLogLine(JSON.stringify(fields));

describe('what the local stack shows of a function’s log', () => {
  it('is what a sweep has done, in words and without its metrics', () => {
    const slice = { level: 'info', message: 'slice', plan: 'plans/a.json', enqueued: 300, from: { row: 1 } };
    expect(line({ ...slice, _aws: { Timestamp: 1 }, Stage: 'local', Enqueued: 300 })).toBe(
      'sweep slice      plan plans/a.json  enqueued 300  from {"row":1}',
    );
    expect(line({ level: 'info', message: 'run' })).toBe('sweep run');
  });

  it('is every warning and error, without the metrics in it', () => {
    expect(line({ level: 'warn', message: 'push not delivered', _aws: {} })).toBe(
      '{"level":"warn","message":"push not delivered"}',
    );
  });

  it('is neither the line of a batch nor one of metrics alone', () => {
    expect(line({ level: 'info', message: 'batch' })).toBeUndefined();
    expect(line({ _aws: {}, Accepted: 1 })).toBeUndefined();
  });

  it('is what a function prints by itself, as it is', () => {
    expect(readableLogLine('{"half')).toBe('{"half');
  });
});
