import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { parser } from '@aws-lambda-powertools/parser/middleware';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpUrlencodeBodyParser from '@middy/http-urlencode-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { z } from 'zod';

/** The same with Powertools: its logger, its metrics and its parser. */
const sqs = new SQSClient({});
const queueUrl = process.env['PUSHES_QUEUE_URL'];
const logger = new Logger({ serviceName: 'accept' });
const metrics = new Metrics({ namespace: 'bench', serviceName: 'accept' });

const schema = z.object({
  body: z.looseObject({
    verb: z.enum(['NotifyTextMessage', 'NotifyGenericTextMessage', 'NotifyReprovision']),
    AppId: z.string().min(1),
    DeviceToken: z.string().min(1),
  }),
});

export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>()
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(httpHeaderNormalizer())
  .use(httpUrlencodeBodyParser())
  .use(parser({ schema }))
  .use(httpErrorHandler())
  .handler(async (event) => {
    const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(event.body) });
    const { MessageId: id } = await sqs.send(command);
    metrics.addMetric('Accepted', 'Count', 1);
    logger.info('accepted', { id });
    return { statusCode: 202, body: JSON.stringify({ id }) };
  });
