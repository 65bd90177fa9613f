import * as v from 'valibot';
import { eventSourceMappingLimits as limits } from '../shared/aws/limits.ts';

/** A number, or one given as text, as a parameter on a command line is. */
const number = v.pipe(v.union([v.number(), v.string()]), v.transform(Number), v.integer());
const arnOf = v.pipe(
  v.object({ 'Fn::GetAtt': v.tuple([v.string(), v.literal('Arn')]) }),
  v.transform((reference) => reference['Fn::GetAtt'][0]),
);
const mappingShape = v.object({
  EventSourceArn: arnOf,
  FunctionName: arnOf,
  BatchSize: number,
  MaximumBatchingWindowInSeconds: v.optional(number, 0),
  ScalingConfig: v.object({ MaximumConcurrency: number }),
});
const functionShape = v.object({ Timeout: number });
const queueShape = v.object({ VisibilityTimeout: number });

type Resources = Readonly<Record<string, { readonly Type: string; readonly Properties?: unknown }>>;

/** What CloudFormation would refuse of the event source mappings, or what would let a push be delivered twice. */
export function faultsOfMappings(resources: Resources): string[] {
  return Object.entries(resources)
    .filter(([, { Type }]) => Type === 'AWS::Lambda::EventSourceMapping')
    .flatMap(([logicalId, { Properties }]) => {
      const mapping = v.safeParse(mappingShape, Properties);
      if (!mapping.success) return [`${logicalId}: ${v.summarize(mapping.issues)}`];
      return faultsOfMapping(mapping.output, resources).map((fault) => `${logicalId}: ${fault}`);
    });
}

function faultsOfMapping(mapping: v.InferOutput<typeof mappingShape>, resources: Resources): string[] {
  const { BatchSize: records, MaximumBatchingWindowInSeconds: windowSeconds } = mapping;
  const { MaximumConcurrency: instances } = mapping.ScalingConfig;
  const { Timeout: timeoutSeconds } = v.parse(functionShape, resources[mapping.FunctionName]?.Properties);
  const { VisibilityTimeout: hidden } = v.parse(queueShape, resources[mapping.EventSourceArn]?.Properties);
  const hiddenAtLeast = limits.visibilityTimeoutsPerFunctionTimeout * timeoutSeconds + windowSeconds;
  const outOf = (name: string, value: number, min: number, max: number) =>
    value < min || value > max ? [`${name} must be from ${String(min)} to ${String(max)}, not ${String(value)}`] : [];
  return [
    ...outOf('the batch (…Records)', records, 1, limits.batchRecords),
    ...outOf('the window (…WindowSeconds)', windowSeconds, 0, limits.windowSeconds),
    ...outOf('the instances (…Instances)', instances, limits.concurrencyAtLeast, limits.concurrency),
    ...(records > limits.batchRecordsWithoutWindow && windowSeconds < 1
      ? [`a batch of more than ${String(limits.batchRecordsWithoutWindow)} needs a window of a second at least`]
      : []),
    ...(hidden < hiddenAtLeast
      ? [`${mapping.EventSourceArn} must hide a push for ${String(hiddenAtLeast)} s at least, not ${String(hidden)}`]
      : []),
  ];
}
