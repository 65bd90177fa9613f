import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { frameworkEnvironment, readLocalConfiguration, requireFreePorts } from '../../local/configuration.ts';
import { listen } from '../../local/listen.ts';
import { createApiKey } from '../../shared/api-key.ts';
import { ConfigurationError, type Environment } from '../../shared/environment.ts';

const faultsOf = (environment: Environment) => {
  try {
    readLocalConfiguration(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n');
    throw error;
  }
};

describe('the configuration of the local stack', () => {
  it('has a default for everything, and the sandbox as its gateway', () => {
    const ports = { PORT: 4000, SANDBOX_PORT: 4001, GATEWAY_PORT: 4002, AWS_PORT: 4566 };
    expect(readLocalConfiguration({})).toEqual({
      ports,
      pnm2Url: undefined,
      gatewayFormat: 'form',
      keys: 0,
      isSigned: false,
      tickMinutes: 1,
      sweepSpeed: 1,
      sandboxPushes: 5000,
      verbs: [
        { name: 'NotifyTextMessage', required: ['Selector'] },
        { name: 'NotifyGenericTextMessage', required: ['Message'] },
        { name: 'NotifyReprovision', required: [] },
      ],
    });
  });

  it('is read from the environment, whose empty variables count as not set', () => {
    const environment = {
      ...{ PORT: '0', SANDBOX_PORT: '0', AWS_PORT: '', PNM2_URL: 'https://pnm.example.com/pnm2', SWEEP_SPEED: '60' },
      GATEWAY_FORMAT: 'json',
      EXTRA_VERBS: 'NotifyCallEnded',
      API_KEYS: createApiKey('backend', []).entry,
      REPORT_SECRET: 'a-secret-of-twenty-characters',
    };
    expect(readLocalConfiguration(environment)).toEqual({
      ports: { PORT: 0, SANDBOX_PORT: 0, GATEWAY_PORT: 4002, AWS_PORT: 4566 },
      pnm2Url: new URL('https://pnm.example.com/pnm2'),
      gatewayFormat: 'json',
      keys: 1,
      isSigned: true,
      reportSecret: 'a-secret-of-twenty-characters',
      tickMinutes: 15,
      sweepSpeed: 60,
      sandboxPushes: 5000,
      verbs: [
        { name: 'NotifyTextMessage', required: ['Selector'] },
        { name: 'NotifyGenericTextMessage', required: ['Message'] },
        { name: 'NotifyReprovision', required: ['Selector'] },
        { name: 'NotifyCallEnded', required: ['Selector'] },
      ],
    });
  });

  it.each([
    [{}, 1],
    [{ SWEEP_SPEED: '7' }, 6],
    [{ SWEEP_SPEED: '1440' }, 15],
    [{ TICK_MINUTES: '', SWEEP_SPEED: '' }, 1],
    [{ TICK_MINUTES: '15' }, 15],
  ])(
    'ticks at least once a minute, unless TICK_MINUTES is set: with %j, the ticks are %i minutes apart',
    (environment, minutes) => {
      expect(readLocalConfiguration(environment).tickMinutes).toBe(minutes);
    },
  );

  it('reports the faults of all settings at once, also of those that only a function or a mapping uses', () => {
    const environment = {
      PORT: 'http',
      MAX_BODY_BYTES: '1',
      GATEWAY_FORMAT: 'xml',
      OUTAGE_FAILURES: 'x',
      TICK_MINUTES: '7',
      BATCH_RECORDS: '0',
    };
    expect(faultsOf(environment)).toEqual([
      'PORT: must be a port number from 0 to 65535',
      'GATEWAY_FORMAT: must be one of form, json',
      'OUTAGE_FAILURES: must be a whole number of attempts from 2 to 10000',
      'MAX_BODY_BYTES: must be a whole number of bytes from 1024 to 262144',
      expect.stringMatching(/^TICK_MINUTES: must be one of 1, 2, /),
      'BATCH_RECORDS: must be a whole number of pushes from 1 to 10000',
    ]);
  });

  it('refuses keys without an entry, which would open the intake', () => {
    expect(faultsOf({ API_KEYS: ';' })).toEqual(['API_KEYS: has no entry: add one of `npm run key`, or remove it']);
  });

  it('has the subscriber of the topic, with its filter', () => {
    const OUTCOMES_URL = 'http://127.0.0.1:8080';
    expect(readLocalConfiguration({ OUTCOMES_URL }).subscriber).toEqual({
      endpoint: new URL(OUTCOMES_URL),
      filter: {},
    });
    const filtered = readLocalConfiguration({ OUTCOMES_URL, OUTCOMES_FILTER: 'reason=unregistered;client=crm,shop' });
    expect(filtered.subscriber?.filter).toEqual({ reason: ['unregistered'], client: ['crm', 'shop'] });
  });

  it('refuses a subscriber or a filter that cannot work', () => {
    expect(faultsOf({ OUTCOMES_URL: '127.0.0.1:8080', OUTCOMES_FILTER: 'reason=dead;token=a' })).toEqual([
      'OUTCOMES_URL: must be an http or https address',
      'OUTCOMES_FILTER: "dead" is not a value of reason: use one of unregistered, rejected, expired, malformed, exhausted',
      'OUTCOMES_FILTER: "token" is not an attribute: use one of outcome, reason, confirmed, verb, appId, client, queue',
    ]);
    expect(faultsOf({ OUTCOMES_FILTER: 'reason=expired' })).toEqual(['OUTCOMES_FILTER needs OUTCOMES_URL']);
  });

  it('refuses a longest delay below the first one', () => {
    expect(faultsOf({ BACKOFF_CAP_SECONDS: '1' })).toEqual([
      'BACKOFF_CAP_SECONDS: must be at least BACKOFF_BASE_SECONDS, which is 2',
    ]);
  });

  it('refuses a time limit of an attempt below that of its connection', () => {
    expect(faultsOf({ ATTEMPT_TIMEOUT_MS: '2999' })).toEqual([
      'ATTEMPT_TIMEOUT_MS: must be at least CONNECT_TIMEOUT_MS, which is 3000',
    ]);
  });

  it('refuses a large batch without a window, and one port for two servers', () => {
    expect(faultsOf({ BATCH_RECORDS: '100', PORT: '4566', SANDBOX_PORT: '4566' })).toEqual([
      'BATCH_RECORDS above 10 needs BATCH_WINDOW_SECONDS of at least 1',
      'PORT and SANDBOX_PORT and AWS_PORT are 4566: choose a different port for each',
    ]);
  });

  it('ignores the variables of a deployment', () => {
    expect(faultsOf({ PUSHES_QUEUE_URL: 'not a URL', SWEEPS_BUCKET: 'Not_A_Bucket', OPEN_INTAKE: 'maybe' })).toEqual(
      [],
    );
  });
});

describe('the ports of the local stack', () => {
  it.each(['PORT', 'SANDBOX_PORT', 'GATEWAY_PORT', 'AWS_PORT'])(
    'must be free: the error names %s',
    async (variable) => {
      const { port, stop } = await listen(createServer(), 0);
      onTestFinished(stop);
      const ports = { PORT: 0, SANDBOX_PORT: 0, GATEWAY_PORT: 0, AWS_PORT: 0, [variable]: port };
      await expect(requireFreePorts(ports)).rejects.toThrow(
        new ConfigurationError(`Port ${String(port)} is in use: choose another one with ${variable}=NUMBER npm start`),
      );
    },
  );
});

describe('the environment of the framework', () => {
  it('lacks AWS variables, which could lead to a real account, and empty variables', () => {
    const environment = { PATH: '/bin', AWS_PROFILE: 'prod', AWS_ENDPOINT_URL: 'https://example.com', CONCURRENCY: '' };
    expect(frameworkEnvironment(environment)).toEqual({ PATH: '/bin' });
  });
});
