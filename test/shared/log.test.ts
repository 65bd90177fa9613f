import { describe, expect, it } from 'vitest';
import { describeError, locateError } from '../../shared/log.ts';
import { recordingLog } from '../support/log.ts';

describe('the log', () => {
  it('writes one JSON object per line, whatever the fields contain', () => {
    const log = recordingLog();
    log.info('started');
    log.warn('refused', { why: 'two\nlines' });
    log.error('failed', { status: 500 });
    log.metrics({ Accepted: 1 });
    expect(log.lines).toEqual([
      '{"level":"info","message":"started"}',
      '{"level":"warn","message":"refused","why":"two\\nlines"}',
      '{"level":"error","message":"failed","status":500}',
      '{"Accepted":1}',
    ]);
  });

  it('describes an error of a service by its name and message', () => {
    const error = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    expect(describeError(error)).toEqual({ name: 'ThrottlingException', message: 'Rate exceeded' });
    expect(describeError('a text')).toEqual({ name: 'string' });
  });

  it('locates an error of this code without its message, even if the message looks like a stack frame', () => {
    const { name, at } = locateError(new TypeError('SECRET\n    at SECRET (secret.ts:1:1)')) as {
      name: string;
      at: string[];
    };
    expect(name).toBe('TypeError');
    expect(at[0]).toContain('log.test.ts');
    expect(at.length).toBeLessThanOrEqual(5);
    expect(JSON.stringify(at)).not.toMatch(/SECRET|\bat /);
  });

  it('locates at most five frames', () => {
    const recurse = (depth: number): unknown => (depth === 0 ? locateError(new Error('deep')) : recurse(depth - 1));
    expect(recurse(10)).toHaveProperty('at.length', 5);
  });

  it('says nothing about an error without a stack, or about what is not an error', () => {
    const error = new Error('SECRET');
    delete error.stack;
    expect(locateError(error)).toEqual({ name: 'Error', at: [] });
    expect(locateError('SECRET')).toEqual({ name: 'string' });
  });
});
