/** What a stack tells of itself, by name. Rejects with whatever the SDK throws. */
export async function readStackOutputs(region: string, stackName: string): Promise<ReadonlyMap<string, string>> {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation');
  const cloudFormation = new CloudFormationClient({ region });
  try {
    const { Stacks: stacks = [] } = await cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    return new Map(
      (stacks[0]?.Outputs ?? []).flatMap(({ OutputKey: key, OutputValue: value }): [string, string][] =>
        key === undefined || value === undefined ? [] : [[key, value]],
      ),
    );
  } finally {
    cloudFormation.destroy();
  }
}
