/** Reads messages that SNS posts to an HTTPS subscriber, and checks that they are from SNS. */
import { verify } from 'node:crypto';

export interface SnsMessage {
  readonly Type: string;
  readonly MessageId: string;
  readonly TopicArn: string;
  readonly Message: string;
  readonly Timestamp: string;
  /** Of a SubscriptionConfirmation: a GET of it confirms the subscription. */
  readonly SubscribeURL?: string;
}

/** What the signature covers, in this order. It does not cover the headers and MessageAttributes: do not rely on them. */
const signedFields = ['Message', 'MessageId', 'Subject', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
const certificates = new Map<string, string>();

/** Where certificates and SubscribeURLs are. Without this check, everybody could sign with a certificate of their own. */
function isOfSns({ protocol, host }: URL): boolean {
  return protocol === 'https:' && /^sns\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/.test(host);
}

/**
 * @param body of the request, as it came.
 * @param isTrusted replace it only for the local stack.
 * @throws Error if the message is not from SNS, or of another topic.
 */
export async function readSnsMessage(body: string, topicArn: string, isTrusted = isOfSns): Promise<SnsMessage> {
  const message: unknown = JSON.parse(body);
  if (typeof message !== 'object' || message === null) throw new Error('the body is not a JSON object');
  const fields = new Map<string, unknown>(Object.entries(message));
  const fieldOf = (name: string): string => {
    const value = fields.get(name);
    if (typeof value !== 'string') throw new Error(`${name} is missing`);
    return value;
  };

  if (fieldOf('TopicArn') !== topicArn) throw new Error('the message is of another topic');
  if (fieldOf('SignatureVersion') !== '2') throw new Error('the topic does not sign with version 2');
  const signed = signedFields.filter((name) => fields.has(name)).map((name) => `${name}\n${fieldOf(name)}\n`);
  const certificate = await certificateAt(fieldOf('SigningCertURL'), isTrusted);
  const signature = Buffer.from(fieldOf('Signature'), 'base64');
  if (!verify('RSA-SHA256', Buffer.from(signed.join('')), certificate, signature)) throw new Error('wrong signature');

  const SubscribeURL = fields.has('SubscribeURL') ? fieldOf('SubscribeURL') : undefined;
  if (SubscribeURL !== undefined && !isTrusted(new URL(SubscribeURL))) throw new Error('SubscribeURL is not of SNS');
  return {
    Type: fieldOf('Type'),
    MessageId: fieldOf('MessageId'),
    TopicArn: topicArn,
    Message: fieldOf('Message'),
    Timestamp: fieldOf('Timestamp'),
    ...(SubscribeURL !== undefined && { SubscribeURL }),
  };
}

async function certificateAt(url: string, isTrusted: typeof isOfSns): Promise<string> {
  if (!isTrusted(new URL(url))) throw new Error('SigningCertURL is not of SNS');
  const known = certificates.get(url);
  if (known !== undefined) return known;
  const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`the certificate cannot be read: ${String(response.status)}`);
  const certificate = await response.text();
  certificates.set(url, certificate);
  return certificate;
}
