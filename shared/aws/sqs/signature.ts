import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

/** Credentials as Lambda gives them to a function: temporary ones have a session token. */
export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** What of a request is signed. */
export interface SignableRequest {
  readonly method: string;
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Signs requests of one service in one region. @returns the headers to add. */
export type Signer = (request: SignableRequest, credentials: Credentials, now: number) => Record<string, string>;

/** Those that a call to SQS has and AWS asks to be signed, in the order in which they are: that of their names. */
const signableNames = ['content-type', 'host', 'x-amz-date', 'x-amz-security-token', 'x-amz-target'] as const;

/**
 * AWS Signature Version 4, for requests without a query and with a path that needs no encoding, as those to SQS are.
 *
 * By hand, because the SDK's own makes a new signer, copies the request and its headers and sorts them for each call,
 * and hashes in five asynchronous steps: with it a call takes 1.3 times its CPU. What never changes is kept here, and
 * the day's key as long as its secret.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function createSigner(service: string, region: string): Signer {
  let dayKey: { readonly secret: string; readonly day: string; readonly key: KeyObject } | undefined;
  const keyOf = (secret: string, day: string): KeyObject => {
    if (dayKey?.secret !== secret || dayKey.day !== day) {
      const parts = [day, region, service, 'aws4_request'];
      dayKey = { secret, day, key: createSecretKey(parts.reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`))) };
    }
    return dayKey.key;
  };

  return ({ method, path, headers, body }, { accessKeyId, secretAccessKey, sessionToken }, now) => {
    const time = new Date(now).toISOString().replace(/[-:]|\.\d+/g, '');
    const day = time.slice(0, 8);
    const added: Record<string, string> = { 'x-amz-date': time };
    if (sessionToken !== undefined) added['x-amz-security-token'] = sessionToken;

    let canonicalHeaders = '';
    let signedNames = '';
    for (const name of signableNames) {
      const value = added[name] ?? headers[name];
      if (value === undefined) continue;
      canonicalHeaders += `${name}:${value.trim().replace(/\s+/g, ' ')}\n`;
      signedNames += signedNames === '' ? name : `;${name}`;
    }
    const canonicalRequest = `${method}\n${path}\n\n${canonicalHeaders}\n${signedNames}\n${hash('sha256', body)}`;
    const scope = `${day}/${region}/${service}/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash('sha256', canonicalRequest)}`;
    const signature = createHmac('sha256', keyOf(secretAccessKey, day)).update(toSign).digest('hex');
    added['authorization'] =
      `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signedNames}, Signature=${signature}`;
    return added;
  };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
