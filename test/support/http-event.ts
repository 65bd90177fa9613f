import type { APIGatewayProxyEventV2 } from 'aws-lambda';

export interface HttpEventOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly isBase64Encoded?: boolean;
}

/** The event of a `POST /pnm2` with a form. Bytes are sent as base64, as API Gateway does, and a string as text. */
export function httpEvent(options: HttpEventOptions = {}): APIGatewayProxyEventV2 {
  const { method = 'POST', headers, body } = options;
  const isBase64Encoded = options.isBase64Encoded ?? Buffer.isBuffer(body);
  return {
    version: '2.0',
    routeKey: 'ANY /pnm2',
    rawPath: '/pnm2',
    rawQueryString: '',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    requestContext: {
      accountId: '123456789012',
      apiId: 'api',
      domainName: 'api.execute-api.us-east-1.amazonaws.com',
      domainPrefix: 'api',
      http: { method, path: '/pnm2', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'test' },
      requestId: 'request',
      routeKey: 'ANY /pnm2',
      stage: '$default',
      time: '02/Jan/2026:03:04:05 +0000',
      timeEpoch: 1_767_323_045_000,
    },
    ...(body !== undefined && { body: Buffer.isBuffer(body) ? body.toString('base64') : body }),
    isBase64Encoded,
  };
}
