import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { faultsOfParameters, parameterNames } from '../../scripts/parameters.ts';

const root = new URL('../../', import.meta.url);
const serverlessYml = readFileSync(new URL('serverless.yml', root), 'utf8');
const known = parameterNames(serverlessYml);

describe('the parameters of a deployment', () => {
  it('are all that serverless.yml uses, but for those of the local stack alone', () => {
    const used = new Set([...serverlessYml.matchAll(/\$\{param:(\w+)/g)].map(([, name]) => name));
    expect([...used].filter((name) => name?.startsWith('local') !== true).sort()).toEqual([...known].sort());
  });

  it('are all in the configuration page', () => {
    const page = readFileSync(new URL('docs/configuration.md', root), 'utf8');
    const internal = ['sweepSpeed', 'openDoor', 'pushesQueueUrl', 'sweepsQueueUrl', 'sweepsBucket'];
    const told = known.filter((name) => ![...internal, 'undeliverableQueueUrl'].includes(name));
    expect(told.filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });

  it('are taken in either way of writing them', () => {
    const options = ['--stage', 'prod', '--param', 'alarms=true', '--param=apiKeys=a:b', '--param', 'alarmEmail=a@b'];
    expect(faultsOfParameters(options, known)).toEqual([]);
  });

  it.each([
    ['batchRecord', 'There is no parameter batchRecord: did you mean batchRecords?'],
    ['apikeys', 'There is no parameter apikeys: did you mean apiKeys?'],
    ['nosuch', `There is no parameter nosuch: the known ones are ${known.join(', ')}`],
  ])('are refused where there is none of the name: %s', (name, fault) => {
    expect(faultsOfParameters(['--param', `${name}=1`], known)).toEqual([fault]);
    expect(faultsOfParameters([`--param=${name}=1`], known)).toEqual([fault]);
  });
});
