interface ConnectionError extends Error {
  readonly code?: string;
  /** Of a name that was not resolved. */
  readonly hostname?: string;
}

/**
 * An attempt got no answer, or only a part of one. The message is in words of the relay, never in those of the gateway,
 * so it can be logged.
 */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
  /** Whether the connection was kept from an earlier request, and closed during this one. */
  readonly isStaleConnection: boolean;
  /** Whether the address of the gateway, or what answers there, is wrong: a later attempt would fail in the same way. */
  readonly isAddressFault: boolean;

  constructor(message: string, cause?: Error, isStaleConnection = false, isAddressFault = false) {
    super(message, { cause });
    this.isStaleConnection = isStaleConnection;
    this.isAddressFault = isAddressFault;
  }
}

/**
 * Says in plain words why a connection failed.
 * @param reused whether the connection was kept from an earlier request.
 * @param answering whether a part of the answer had come.
 */
export function connectionFailure(cause: ConnectionError, reused: boolean, answering: boolean): NoAnswerError {
  const code = cause.code ?? cause.name;
  const isStale = reused && isClosed(code);
  const words = `${describe(code, cause.hostname, answering)} (${code})`;
  return new NoAnswerError(words, cause, isStale, addressFaults.test(code));
}

/** An unknown name, a certificate that is not valid, and no TLS. */
const addressFaults = /ENOTFOUND|CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|EPROTO$|ERR_SSL_/;

const noTls = "TLS can't be established with the gateway";
const unreachable = "the gateway can't be reached";
const badCertificate = "the gateway's certificate is not valid";
const unknownIssuer = `${badCertificate}: its issuer is unknown`;

/**
 * https://nodejs.org/api/errors.html#common-system-errors
 * https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const descriptions: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'the gateway refused the connection'],
  ['EHOSTDOWN', unreachable],
  ['EHOSTUNREACH', unreachable],
  ['ENETDOWN', unreachable],
  ['ENETUNREACH', unreachable],
  ['ETIMEDOUT', 'the connection to the gateway timed out'],
  ['EPROTO', noTls],
  ['CERT_HAS_EXPIRED', `${badCertificate}: it has expired`],
  ['CERT_NOT_YET_VALID', `${badCertificate}: it is not valid yet`],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', `${badCertificate}: it is self-signed`],
  ['SELF_SIGNED_CERT_IN_CHAIN', unknownIssuer],
  ['UNABLE_TO_GET_ISSUER_CERT', unknownIssuer],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', unknownIssuer],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', unknownIssuer],
  ['ERR_TLS_CERT_ALTNAME_INVALID', `${badCertificate}: it is for another host name`],
]);

function describe(code: string, hostname = 'of the gateway', answering: boolean): string {
  if (isClosed(code)) {
    return `the gateway closed the connection ${answering ? 'before the end of its answer' : 'without an answer'}`;
  }
  if (code === 'ENOTFOUND') return `the host name ${hostname} was not found`;
  if (code === 'EAI_AGAIN') return `the host name ${hostname} can't be looked up at the moment`;
  if (code.startsWith('HPE_')) return "the gateway's answer is not valid HTTP";
  if (code.startsWith('ERR_SSL_')) return noTls;
  return descriptions.get(code) ?? (code.includes('CERT') ? badCertificate : 'the connection to the gateway failed');
}

function isClosed(code: string): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}
