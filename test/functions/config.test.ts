import { describe, expect, it } from 'vitest';
import { readAcceptConfiguration } from '../../functions/accept/config.ts';
import { readDeliverConfiguration } from '../../functions/deliver/config.ts';
import { ConfigurationError } from '../../shared/environment.ts';

const queueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/pushes';

function faultsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
}

describe('the configuration', () => {
  it('has a default for everything but addresses', () => {
    expect(readAcceptConfiguration({ PUSHES_QUEUE_URL: queueUrl })).toEqual({
      access: { kind: 'keys', keys: [] },
      dimensions: { Stage: 'none' },
      pushesQueueUrl: queueUrl,
      rules: { extraVerbs: [], selectorRequired: true },
      maxBodyBytes: 65_536,
      retryAfterSeconds: 5,
    });
  });

  it('counts an empty variable as not set', () => {
    const environment = { PUSHES_QUEUE_URL: queueUrl, EXTRA_VERBS: '', MAX_BODY_BYTES: '', SELECTOR_REQUIRED: '' };
    expect(readAcceptConfiguration(environment)).toEqual(readAcceptConfiguration({ PUSHES_QUEUE_URL: queueUrl }));
  });

  it('reads lists and flags', () => {
    const environment = { PUSHES_QUEUE_URL: queueUrl, EXTRA_VERBS: ' NotifyA, NotifyB,', SELECTOR_REQUIRED: 'false' };
    expect(readAcceptConfiguration(environment).rules).toEqual({
      extraVerbs: ['NotifyA', 'NotifyB'],
      selectorRequired: false,
    });
  });

  it('has no first delay above the longest one', () => {
    const environment = {
      PNM2_URL: 'https://pnm.example.com/pnm2',
      PUSHES_QUEUE_URL: queueUrl,
      SWEEPS_QUEUE_URL: queueUrl,
      UNDELIVERABLE_QUEUE_URL: queueUrl,
      BACKOFF_CAP_SECONDS: '1',
    };
    expect(readDeliverConfiguration(environment).policy).toMatchObject({ backoffBaseSeconds: 1, backoffCapSeconds: 1 });
  });

  it('has all its faults told at once, each with its variable', () => {
    const environment = { PNM2_URL: 'pnm.example.com', CONCURRENCY: '901', ATTEMPT_TIMEOUT_MS: '1e3' };
    expect(faultsOf(() => readDeliverConfiguration(environment))).toEqual([
      'PNM2_URL: must be an http or https address',
      'PUSHES_QUEUE_URL is not set',
      'SWEEPS_QUEUE_URL is not set',
      'UNDELIVERABLE_QUEUE_URL is not set',
      'CONCURRENCY: must be a whole number of attempts from 1 to 900',
      'ATTEMPT_TIMEOUT_MS: must be a whole number of milliseconds from 10 to 20000',
    ]);
  });
});
