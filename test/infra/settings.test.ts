import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parameters } from '../../scripts/parameters.ts';
import { variableOf, type Settings } from '../../shared/environment.ts';
import {
  acceptSettings,
  deliverSettings,
  devicesSettings,
  mappingSettings,
  outcomesSettings,
  stackSettings,
  sweepSettings,
} from '../../shared/settings.ts';
import { localStackSettings, withTables } from './configuration-page.ts';
import { eventSourceMappingLimits } from './limits.ts';

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const values = v.record(v.string(), v.union([v.string(), v.number()]));
const service = v.parse(
  v.object({
    params: v.object({ default: values, local: values }),
    functions: v.record(v.string(), v.object({ environment: values })),
  }),
  // A reference such as `!Ref PushesQueue` is read as its name.
  parse(readFileSync(pathOf('serverless.yml'), 'utf8'), { logLevel: 'error' }),
);
const { default: defaults, local } = service.params;

/** Set to a resource of the template, or to an address of the local stack. */
const wired = [
  'pushesQueueUrl',
  'sweepsQueueUrl',
  'undeliverableQueueUrl',
  'outcomeCountsQueueUrl',
  'outcomesTopicArn',
  'sweepsBucket',
  'devicesTable',
];

/** Settings of the local stack that no function reads. */
const ofStackItself = ['port', 'sandboxPort', 'sandboxPushes', 'dataDir', 'outcomesUrl', 'outcomesFilter'];

describe('serverless.yml', () => {
  it('has every declared parameter, and no other', () => {
    expect(Object.keys(defaults).sort()).toEqual([...parameters.keys()].sort());
  });

  it('has the declared defaults', () => {
    for (const [name, { default: declared, read }] of parameters) {
      if (wired.includes(name)) continue;
      expect({ [name]: String(defaults[name]) }).toEqual({ [name]: declared ?? 'https://pnm.cloudsoftphone.com/pnm2' });
      expect({ [name]: read(String(defaults[name])) }).toEqual({ [name]: { value: expect.anything() as unknown } });
    }
  });

  it.each<[string, Settings]>([
    ['accept', acceptSettings],
    ['deliver', deliverSettings],
    ['devices', devicesSettings],
    ['sweep', sweepSettings],
  ])('gives %s the variables of its settings, and no other', (name, settings) => {
    const environment = service.functions[name]?.environment;
    const expected = Object.entries(settings).map(([parameter, setting]) => [
      variableOf(parameter, setting),
      parameter === 'stage' ? '${sls:stage}' : `\${param:${parameter}}`,
    ]);
    expect(environment).toEqual(Object.fromEntries(expected));
  });

  it('takes every documented setting of the local stack from its variable', () => {
    const { gatewayPort, awsPort, gatewayUrl, ...settings } = localStackSettings;
    const expected = Object.entries(settings)
      .filter(([name, { meaning }]) => meaning !== undefined && !ofStackItself.includes(name))
      .map(([name, setting]) => [name, `\${env:${variableOf(name, setting)}, self:params.default.${name}}`]);
    const { sandboxUrl, queueUrlPrefix, openIntake, openReports, gatewayUrl: localGatewayUrl, ...others } = local;
    expect(Object.fromEntries(Object.entries(others).filter(([name]) => !wired.includes(name)))).toEqual(
      Object.fromEntries(expected),
    );
    expect(openIntake).toBe('true');
    expect(openReports).toBe('true');
    expect(localGatewayUrl).toBe('${env:PNM2_URL, param:sandboxUrl}');
    expect(gatewayUrl?.variable).toBe('PNM2_URL');
    expect(sandboxUrl).toContain(`\${env:GATEWAY_PORT, '${String(gatewayPort?.default)}'}`);
    expect(queueUrlPrefix).toContain(`\${env:AWS_PORT, '${String(awsPort?.default)}'}`);
  });

  it('takes every parameter for the local stack but those of the deployed stack alone', () => {
    const deployed = { ...outcomesSettings, ...stackSettings };
    const expected = [...parameters.keys()].filter((name) => !Object.hasOwn(deployed, name));
    expect(Object.keys(local)).toEqual(expect.arrayContaining(expected));
  });

  it('runs only the local stack with an open intake', () => {
    expect({ deployed: defaults['openIntake'], local: local['openIntake'] }).toEqual({
      deployed: 'false',
      local: 'true',
    });
  });

  it('uses every parameter', () => {
    const files = [
      'serverless.yml',
      'infra/access-log.yml',
      'infra/queues.yml',
      'infra/outcomes.yml',
      'infra/sweeps.yml',
      'infra/registry.yml',
      'infra/alarms.yml',
      'infra/dashboard-pushes.yml',
    ];
    const text = files.map((path) => readFileSync(pathOf(path), 'utf8')).join('');
    const used = new Set([...text.matchAll(/\$\{(?:param|filterPolicy):(\w+)/g)].map(([, name]) => name));
    expect([...parameters.keys()].filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('docs/configuration.md', () => {
  it('has the tables of the declared settings (npx vitest run test/infra/settings.test.ts -u updates them)', async () => {
    const path = pathOf('docs/configuration.md');
    const page = withTables(readFileSync(path, 'utf8'), String(defaults['gatewayUrl']));
    const formatted = await format(page, { ...(await resolveConfig(path)), parser: 'markdown' });
    await expect(formatted).toMatchFileSnapshot(path);
  });
});

describe('the declared settings', () => {
  it('are all described, except those that serverless.yml sets itself', () => {
    const settings = [...parameters, ...Object.entries(localStackSettings)];
    const undocumented = settings.filter(([, { meaning }]) => meaning === undefined).map(([name]) => name);
    expect([...new Set(undocumented)].sort()).toEqual([...wired, 'openIntake', 'openReports', 'stage'].sort());
  });

  it('keep event source mappings within the limits of AWS', () => {
    const { batchRecords, concurrency, concurrencyAtLeast, windowSeconds } = eventSourceMappingLimits;
    for (const [name, { expected }] of Object.entries(mappingSettings)) {
      const [minimum, maximum] = /from (\d+) to (\d+)$/.exec(expected)?.slice(1).map(Number) ?? [];
      const limits = name.endsWith('Instances')
        ? [concurrencyAtLeast, concurrency]
        : name.endsWith('Records')
          ? [1, batchRecords]
          : [0, windowSeconds];
      expect(minimum).toBeGreaterThanOrEqual(limits[0] ?? NaN);
      expect(maximum).toBeLessThanOrEqual(limits[1] ?? NaN);
    }
  });
});
