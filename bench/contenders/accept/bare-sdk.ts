import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** The floor: sends on what came, by the SDK as it is, and looks at none of it. */
const sqs = new SQSClient({});
const queueUrl = process.env['PUSHES_QUEUE_URL'];

export const handler = async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> => {
  const { MessageId: id } = await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: event.body }));
  return { statusCode: 202, body: JSON.stringify({ id }) };
};
