import { describe, expect, it } from 'vitest';
import { usePackaged, validate, type Template } from './packaged.ts';

const packaged = usePackaged('alarms');
const withEmail = usePackaged('alarmEmail');
const bare = usePackaged('bare');

/** The template with other properties of one resource. */
function broken(logicalId: string, properties: Readonly<Record<string, unknown>>): Template {
  const { template } = packaged();
  const resource = template.Resources[logicalId];
  if (resource === undefined) throw new Error(`The template has no ${logicalId}.`);
  const Properties = { ...resource.Properties, ...properties };
  return { ...template, Resources: { ...template.Resources, [logicalId]: { ...resource, Properties } } };
}

describe('the validation of the template', () => {
  it('passes every deployment, with and without alarms and dashboards', async () => {
    for (const deployment of [packaged, withEmail, bare]) {
      expect(await validate(deployment().template)).toEqual([]);
    }
  });

  it.each<[fault: string, logicalId: string, properties: Record<string, unknown>, words: RegExp]>([
    ['a property that does not exist', 'PushesQueue', { VisibilityTimeOut: 180 }, /PushesQueue.*VisibilityTimeOut/],
    ['a value of the wrong type', 'PushesQueue', { VisibilityTimeout: 'long' }, /PushesQueue.*VisibilityTimeout/],
    ['a value out of range', 'DeliverLambdaFunction', { Timeout: 901 }, /Function timeout \(901\)/],
    ['a value outside an enumeration', 'DeliverLambdaFunction', { Runtime: 'nodejs24' }, /DeliverLambda.*Runtime/],
    [
      'a reference to nothing',
      'AcceptLambdaFunction',
      { Role: { 'Fn::GetAtt': ['NoRole', 'Arn'] } },
      /AcceptLambdaFunction.*NoRole/,
    ],
    [
      'more API keys than the environment of a function can hold',
      'AcceptLambdaFunction',
      { Environment: { Variables: { API_KEYS: 'x'.repeat(4096) } } },
      /^AcceptLambdaFunction has an environment of 4104 bytes, more than 4 KB: configure fewer API keys$/,
    ],
  ])('fails on %s', async (_fault, logicalId, properties, words) => {
    expect(await validate(broken(logicalId, properties))).toContainEqual(expect.stringMatching(words));
  });
});
