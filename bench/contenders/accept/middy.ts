import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpUrlencodeBodyParser from '@middy/http-urlencode-body-parser';
import validator from '@middy/validator';
import { transpileSchema } from '@middy/validator/transpile';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** A typical stack: middy with its parsers, its validator and its error handler. */
const sqs = new SQSClient({});
const queueUrl = process.env['PUSHES_QUEUE_URL'];

const eventSchema = {
  type: 'object',
  required: ['body'],
  properties: {
    body: {
      type: 'object',
      required: ['verb', 'AppId', 'DeviceToken'],
      properties: {
        verb: { enum: ['NotifyTextMessage', 'NotifyGenericTextMessage', 'NotifyReprovision'] },
        AppId: { type: 'string', minLength: 1 },
        DeviceToken: { type: 'string', minLength: 1 },
      },
    },
  },
};

export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
  .use(httpHeaderNormalizer())
  .use(httpUrlencodeBodyParser())
  .use(validator({ eventSchema: transpileSchema(eventSchema) }))
  .use(httpErrorHandler())
  .handler(async (event) => {
    const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event.body) });
    const { MessageId: id } = await sqs.send(command);
    return { statusCode: 202, body: JSON.stringify({ id }) };
  });
