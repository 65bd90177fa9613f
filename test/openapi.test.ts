import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { problemKinds } from '../functions/accept/problem.ts';
import { problemKinds as problemKindsOfReports } from '../functions/devices/problem.ts';
import { faultCodes } from '../shared/push/validation.ts';
import { deviceFaultCodes } from '../shared/registry/validation.ts';
import { apiDescription, ownAnswersOf, queryOfPost } from './support/openapi.ts';

describe('docs/openapi.yaml', () => {
  it('has the version of the package', async () => {
    const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { readonly version: string };
    expect(apiDescription.info.version).toBe(version);
  });

  it('lists every fault code', () => {
    expect(apiDescription.components.schemas['FaultCode']?.['enum']).toEqual(faultCodes);
    expect(apiDescription.components.schemas['ReportFaultCode']?.['enum']).toEqual(deviceFaultCodes);
  });

  it.each(['/pnm2', '/pnm2/send'])('has every problem as an answer to %s', (path) => {
    const problems = Object.values(problemKinds).map(({ status }) => `${String(status)} application/problem+json`);
    expect(ownAnswersOf(path).toSorted()).toEqual([...new Set(['202 application/json', ...problems])].toSorted());
  });

  it.each(['/devices/report', '/devices/remove'])('has every problem as an answer to %s', (path) => {
    const statuses = new Set(Object.values(problemKindsOfReports).map(({ status }) => status));
    const problems = [...statuses].map((status) => `${String(status)} application/problem+json`);
    expect(ownAnswersOf(path).toSorted()).toEqual(['200 application/json', ...problems].toSorted());
  });

  it.each([
    ['/devices/report', 'ReportValues'],
    ['/devices/remove', 'RemovalValues'],
  ])('lets a POST to %s have each value in the query or in the body', (path, schema) => {
    const values = Object.keys(apiDescription.components.schemas[schema]?.['properties'] ?? {});
    expect(queryOfPost(path).map(({ name }) => name)).toEqual(values);
    expect(queryOfPost(path).filter(({ required }) => required)).toEqual([]);
  });
});
