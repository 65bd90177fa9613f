import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen, type Listening } from '../../local/listen.ts';

/** Answers DescribeStacks as AWS does: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html */
export function startCloudFormation(
  outputsByStack: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<Listening> {
  const server = createServer((request, response) => {
    const answer = async () => {
      const stackName = new URLSearchParams(await text(request)).get('StackName') ?? '';
      const outputs = outputsByStack[stackName];
      const [status, xml] =
        outputs === undefined ? [400, noStack(stackName)] : [200, describeStacks(stackName, outputs)];
      response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
    };
    answer().catch(() => response.destroy());
  });
  return listen(server, 0);
}

function noStack(stackName: string): string {
  const message = `Stack with id ${stackName} does not exist`;
  return `<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>ValidationError</Code><Message>${message}</Message></Error><RequestId>request</RequestId></ErrorResponse>`;
}

function describeStacks(stackName: string, outputs: Readonly<Record<string, string>>): string {
  const members = Object.entries(outputs).map(
    ([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
  );
  return `<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member><StackName>${stackName}</StackName><CreationTime>2026-01-02T03:04:05.678Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus><Outputs>${members.join('')}</Outputs></member></Stacks></DescribeStacksResult><ResponseMetadata><RequestId>request</RequestId></ResponseMetadata></DescribeStacksResponse>`;
}
