import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { promisify } from 'node:util';

/** The parts of a message that its signature covers, in this order: those that the message has. */
const signedFields = [
  'Message',
  'MessageId',
  'Subject',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const;

/** A message of SNS without its signature. */
export type UnsignedMessage = Readonly<Record<'Type' | 'MessageId' | 'TopicArn' | 'Message' | 'Timestamp', string>> &
  Readonly<Partial<Record<(typeof signedFields)[number], string>>>;

/** Signs messages as SNS does with `SignatureVersion` 2, with a key that lives as long as the local stack. */
export function createSigner(now: Date) {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return {
    /** In PEM. */
    certificate: certificateOf(publicKey, privateKey, now),
    /** In Base64. */
    signatureOf: async (message: UnsignedMessage): Promise<string> => {
      const text = signedFields.flatMap((name) => (message[name] === undefined ? [] : [name, message[name]]));
      const signature = await promisify(sign)('RSA-SHA256', Buffer.from(`${text.join('\n')}\n`), privateKey);
      return signature.toString('base64');
    },
  };
}

/** A certificate that is signed with its own key. Node can read certificates, but not create them: RFC 5280, section 4.1. */
function certificateOf(publicKey: KeyObject, privateKey: KeyObject, now: Date): string {
  const sha256WithRsa = sequence(objectId(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b), der(0x05));
  const commonName = sequence(objectId(0x55, 0x04, 0x03), der(0x0c, Buffer.from('SNS of the local stack')));
  const name = sequence(der(0x31, commonName));
  const validity = sequence(utcTime(now), utcTime(new Date(now.getTime() + 365 * 86_400_000)));
  const serialNumber = der(0x02, Buffer.of(1));
  const subjectKey = publicKey.export({ type: 'spki', format: 'der' });
  const content = sequence(serialNumber, sha256WithRsa, name, validity, name, subjectKey);
  const signature = der(0x03, Buffer.of(0), sign('RSA-SHA256', content, privateKey));
  const base64 = sequence(content, sha256WithRsa, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${base64.replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`;
}

/** A value in the encoding DER: tag, length, content of less than 64 KB. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from(head), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, ...parts);
}

function objectId(...bytes: readonly number[]): Buffer {
  return der(0x06, Buffer.from(bytes));
}

function utcTime(date: Date): Buffer {
  const digits = date.toISOString().replace(/\D/g, '');
  return der(0x17, Buffer.from(`${digits.slice(2, 14)}Z`));
}
