import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSnsMessage } from '../docs/examples/sns-message.ts';
import { listen, type Listening } from '../local/listen.ts';
import { createSigner, type UnsignedMessage } from '../local/sns/signature.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:pnm2-relay-prod-outcomes';
const { certificate, signatureOf } = createSigner(new Date('2026-01-02T03:04:05Z'));

let server: Listening;
beforeAll(async () => {
  const serve = createServer((request, response) => {
    response.writeHead(request.url === '/moved' ? 302 : 200, { location: '/' }).end(certificate);
  });
  server = await listen(serve, 0);
});
afterAll(() => server.stop());

const isLocal = ({ hostname }: URL) => hostname === '127.0.0.1';
const notification = {
  ...{ Type: 'Notification', MessageId: 'one', TopicArn: topicArn, Message: '{"version":1}' },
  Timestamp: '2026-01-02T03:04:05.678Z',
};

async function signed(overrides: object = {}, message: UnsignedMessage = notification): Promise<string> {
  const SigningCertURL = `http://127.0.0.1:${String(server.port)}/certificate.pem`;
  const signature = { SignatureVersion: '2', Signature: await signatureOf(message), SigningCertURL };
  return JSON.stringify({ ...message, ...signature, ...overrides });
}

const read = async (body: string | Promise<string>, isTrusted?: typeof isLocal) =>
  readSnsMessage(await body, topicArn, isTrusted);

describe('the example that reads messages of SNS', () => {
  it('believes a message that SNS has signed, with or without a subject', async () => {
    await expect(read(signed(), isLocal)).resolves.toEqual(notification);
    await expect(read(signed({}, { ...notification, Subject: 'a subject' }), isLocal)).resolves.toEqual(notification);
  });

  it('reads where to confirm a subscription', async () => {
    const SubscribeURL = `http://127.0.0.1:${String(server.port)}/?Action=ConfirmSubscription`;
    const message = { ...notification, Type: 'SubscriptionConfirmation', Token: 'token', SubscribeURL };
    await expect(read(signed({}, message), isLocal)).resolves.toMatchObject({ SubscribeURL });
  });

  it.each([
    ['another text than the signed one', { Message: '{"version":1,"reason":"unregistered"}' }, 'wrong signature'],
    ['a field that is not signed, but counts', { Subject: 'added' }, 'wrong signature'],
    ['another type', { Type: 'SubscriptionConfirmation' }, 'wrong signature'],
    ['no signature', { Signature: '' }, 'wrong signature'],
    ['a weaker signature', { SignatureVersion: '1' }, 'the topic does not sign with version 2'],
    ['another topic', { TopicArn: `${topicArn}2` }, 'the message is of another topic'],
    ['no certificate', { SigningCertURL: undefined }, 'SigningCertURL is missing'],
  ])('refuses a message with %s', async (_what, overrides, why) => {
    await expect(read(signed(overrides), isLocal)).rejects.toThrow(why);
  });

  it.each([
    'http://sns.eu-central-1.amazonaws.com/certificate.pem',
    'https://sns.eu-central-1.amazonaws.com.example.com/certificate.pem',
    'https://example.com/sns.eu-central-1.amazonaws.com/certificate.pem',
    'https://sns.eu-central-1.amazonaws.com@example.com/certificate.pem',
    'https://bucket.s3.amazonaws.com/certificate.pem',
    'https://sns.eu-central-1.amazonaws.com:8443/certificate.pem',
  ])('does not fetch a certificate from %s', async (SigningCertURL) => {
    await expect(read(signed({ SigningCertURL }))).rejects.toThrow('SigningCertURL is not of SNS');
  });

  it('follows no redirect to a certificate', async () => {
    const SigningCertURL = `http://127.0.0.1:${String(server.port)}/moved`;
    await expect(read(signed({ SigningCertURL }), isLocal)).rejects.toThrow('fetch failed');
  });

  it('follows no SubscribeURL elsewhere, however it is signed', async () => {
    const message = { ...notification, Token: 'token', SubscribeURL: 'https://example.com/' };
    await expect(read(signed({}, message), isLocal)).rejects.toThrow('SubscribeURL is not of SNS');
  });

  it.each(['null', '[]', '{}', '"text"'])('refuses the body %s', async (body) => {
    await expect(read(body, isLocal)).rejects.toThrow(/is not a JSON object|TopicArn is missing/);
  });
});
