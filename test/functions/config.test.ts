import { describe, expect, it } from 'vitest';
import { readAcceptConfiguration } from '../../functions/accept/config.ts';
import { readDeliverConfiguration } from '../../functions/deliver/config.ts';
import { readDevicesConfiguration } from '../../functions/devices/config.ts';
import { readSweepConfiguration } from '../../functions/sweep/config.ts';
import { ConfigurationError } from '../../shared/environment.ts';

const queueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/pushes';

/** What `accept` has no default for. */
const acceptEnvironment = { PUSHES_QUEUE_URL: queueUrl, DEVICES_TABLE: 'devices' };

/** What `deliver` has no default for. */
const deliverEnvironment = {
  PNM2_URL: 'https://pnm.example.com/pnm2',
  PUSHES_QUEUE_URL: queueUrl,
  SWEEPS_QUEUE_URL: queueUrl,
  UNDELIVERABLE_QUEUE_URL: queueUrl,
  OUTCOME_COUNTS_QUEUE_URL: queueUrl,
  OUTCOMES_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:outcomes',
};

/** What `sweep` has no default for. */
const sweepEnvironment = {
  SWEEPS_QUEUE_URL: queueUrl,
  OUTCOME_COUNTS_QUEUE_URL: queueUrl,
  SWEEPS_BUCKET: 'bucket',
  DEVICES_TABLE: 'devices',
};

function faultsOf(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
}

describe('the configuration of a function', () => {
  it('has a default for everything except addresses', () => {
    expect(readAcceptConfiguration(acceptEnvironment)).toEqual({
      access: [],
      dimensions: { Stage: 'none' },
      pushesQueueUrl: queueUrl,
      devicesTable: 'devices',
      rules: { extraVerbs: [], selectorRequired: true, gatewayFormat: 'form' },
      maxBodyBytes: 65_536,
      retryAfterSeconds: 5,
      answerReserveMs: 500,
    });
  });

  it('treats an empty variable as not set', () => {
    const environment = { ...acceptEnvironment, EXTRA_VERBS: '', MAX_BODY_BYTES: '', SELECTOR_REQUIRED: '' };
    expect(readAcceptConfiguration(environment)).toEqual(readAcceptConfiguration(acceptEnvironment));
  });

  it('reads lists and flags', () => {
    const environment = { ...acceptEnvironment, EXTRA_VERBS: ' NotifyA, NotifyB,', SELECTOR_REQUIRED: 'false' };
    expect(readAcceptConfiguration(environment).rules).toEqual({
      extraVerbs: ['NotifyA', 'NotifyB'],
      selectorRequired: false,
      gatewayFormat: 'form',
    });
  });

  it('refuses a longest delay below the first one', () => {
    const environment = { ...deliverEnvironment, BACKOFF_CAP_SECONDS: '1' };
    expect(faultsOf(() => readDeliverConfiguration(environment))).toEqual([
      'BACKOFF_CAP_SECONDS: must be at least BACKOFF_BASE_SECONDS, which is 2',
    ]);
    expect(faultsOf(() => readDeliverConfiguration({ ...environment, BACKOFF_BASE_SECONDS: '1' }))).toEqual([]);
  });

  it('refuses a time limit of an attempt below that of its connection', () => {
    const environment = { ...deliverEnvironment, CONNECT_TIMEOUT_MS: '6000' };
    expect(faultsOf(() => readDeliverConfiguration(environment))).toEqual([
      'ATTEMPT_TIMEOUT_MS: must be at least CONNECT_TIMEOUT_MS, which is 6000',
    ]);
    expect(faultsOf(() => readDeliverConfiguration({ ...environment, ATTEMPT_TIMEOUT_MS: '6000' }))).toEqual([]);
  });

  it('reports all its faults at once, each with its variable', () => {
    const environment = { PNM2_URL: 'pnm.example.com', CONCURRENCY: '901', ATTEMPT_TIMEOUT_MS: '1e3' };
    expect(faultsOf(() => readDeliverConfiguration(environment))).toEqual([
      'PNM2_URL: must be an http or https address',
      'PUSHES_QUEUE_URL is not set',
      'SWEEPS_QUEUE_URL is not set',
      'UNDELIVERABLE_QUEUE_URL is not set',
      'OUTCOME_COUNTS_QUEUE_URL is not set',
      'OUTCOMES_TOPIC_ARN is not set',
      'CONCURRENCY: must be a whole number of attempts from 1 to 900',
      'ATTEMPT_TIMEOUT_MS: must be a whole number of milliseconds from 10 to 20000',
    ]);
  });

  it('requires the address of the gateway, so that no function posts to the real one', () => {
    expect(faultsOf(() => readDeliverConfiguration({}))).toContain('PNM2_URL is not set');
  });

  it('counts ticks and speed into the time between two ticks', () => {
    const environment = { ...sweepEnvironment, TICK_MINUTES: '10', SWEEP_SPEED: '60' };
    expect(readSweepConfiguration(environment)).toMatchObject({ tickMs: 10_000, speed: 60, sweepsBucket: 'bucket' });
  });

  it('holds sweeps to the gateway that pushes are posted to', () => {
    const environment = { ...sweepEnvironment, GATEWAY_FORMAT: 'json' };
    expect(readSweepConfiguration(environment).rules).toEqual({
      ...{ extraVerbs: [], selectorRequired: true, gatewayFormat: 'json' },
    });
  });

  it('lets everybody report only where reports are open and no secret is set', () => {
    const signingOf = (environment: Record<string, string>) =>
      readDevicesConfiguration({ DEVICES_TABLE: 'devices', ...environment }).signing;
    const [first, second] = ['a'.repeat(20), 'b'.repeat(20)];
    expect(signingOf({})).toEqual([]);
    expect(signingOf({ OPEN_REPORTS: 'true' })).toBe('open');
    expect(signingOf({ OPEN_REPORTS: 'true', REPORT_SECRET: `${first}, ${second}` })).toEqual([first, second]);
    for (const refused of ['a'.repeat(19), `${first},${second},${first}`]) {
      expect(faultsOf(() => signingOf({ REPORT_SECRET: refused }))).toEqual([
        expect.stringMatching(/^REPORT_SECRET: must be one or two secrets of 20 to 256 /),
      ]);
    }
  });

  it('accepts the bounds of a setting, and refuses the numbers beside them', () => {
    const read = (MAX_BODY_BYTES: string) => readAcceptConfiguration({ ...acceptEnvironment, MAX_BODY_BYTES });
    for (const accepted of ['1024', '262144']) expect(read(accepted).maxBodyBytes).toBe(Number(accepted));
    for (const refused of ['1023', '262145', '-2048', '2048.5', ' 2048', '0x800']) {
      expect(faultsOf(() => read(refused))).toEqual([
        'MAX_BODY_BYTES: must be a whole number of bytes from 1024 to 262144',
      ]);
    }
  });

  it('reports every API key that it cannot read', () => {
    const environment = { ...acceptEnvironment, API_KEYS: 'backend:secret;shop:secret', OPEN_INTAKE: 'yes' };
    expect(faultsOf(() => readAcceptConfiguration(environment))).toEqual([
      expect.stringMatching(/^API_KEYS: key 1 .*NAME:SHA256/),
      expect.stringMatching(/^API_KEYS: key 2 .*NAME:SHA256/),
      'OPEN_INTAKE: must be true or false',
    ]);
  });
});
