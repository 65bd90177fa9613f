import { readFile } from 'node:fs/promises';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { connectionFailure } from '../../../functions/deliver/no-answer-error.ts';
import { clientOf, serveOn, serveRaw } from '../../support/raw-gateway.ts';

const failureOf = (code: string, { hostname = 'push.example.com', answering = false } = {}) =>
  connectionFailure(Object.assign(new Error('secret'), { code, hostname }), false, answering).message;

describe('a failed connection is described in plain words, with the code of Node', () => {
  it.each([
    ['ECONNRESET', 'the gateway closed the connection without an answer (ECONNRESET)'],
    ['EPIPE', 'the gateway closed the connection without an answer (EPIPE)'],
    ['ENOTFOUND', 'the host name push.example.com was not found (ENOTFOUND)'],
    ['EAI_AGAIN', "the host name push.example.com can't be looked up at the moment (EAI_AGAIN)"],
    ['ETIMEDOUT', 'the connection to the gateway timed out (ETIMEDOUT)'],
    ['CERT_SIGNATURE_FAILURE', "the gateway's certificate is not valid (CERT_SIGNATURE_FAILURE)"],
    ['ERR_SSL_NO_PROTOCOLS', "TLS can't be established with the gateway (ERR_SSL_NO_PROTOCOLS)"],
    ['HPE_HEADER_OVERFLOW', "the gateway's answer is not valid HTTP (HPE_HEADER_OVERFLOW)"],
    ['EMFILE', 'the connection to the gateway failed (EMFILE)'],
  ])('%s', (code, words) => {
    expect(failureOf(code)).toBe(words);
  });

  it.each(['EHOSTDOWN', 'EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH'])('%s: the gateway is out of reach', (code) => {
    expect(failureOf(code)).toBe(`the gateway can't be reached (${code})`);
  });

  it.each([
    ['CERT_HAS_EXPIRED', 'it has expired'],
    ['CERT_NOT_YET_VALID', 'it is not valid yet'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'its issuer is unknown'],
    ['UNABLE_TO_GET_ISSUER_CERT', 'its issuer is unknown'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'its issuer is unknown'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'its issuer is unknown'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'it is for another host name'],
  ])('%s: the certificate is not valid, %s', (code, fault) => {
    expect(failureOf(code)).toBe(`the gateway's certificate is not valid: ${fault} (${code})`);
  });

  it('during the answer', () => {
    const failure = 'the gateway closed the connection before the end of its answer (ECONNRESET)';
    expect(failureOf('ECONNRESET', { answering: true })).toBe(failure);
  });

  it('without a code: with the name of the error, and not its message', () => {
    const { message } = connectionFailure(new RangeError('secret'), false, false);
    expect(message).toBe('the connection to the gateway failed (RangeError)');
  });

  it('whose certificate is not trusted', async () => {
    const folder = new URL('../../../bench/servers/tls/', import.meta.url);
    const [key, cert] = await Promise.all(
      ['key.pem', 'certificate.pem'].map((name) => readFile(new URL(name, folder))),
    );
    const { port } = await serveOn(createTlsServer({ key, cert }));
    await expect(clientOf(`https://127.0.0.1:${String(port)}/pnm2`).post('')).rejects.toThrow(
      "the gateway's certificate is not valid: it is self-signed (DEPTH_ZERO_SELF_SIGNED_CERT)",
    );
  });

  it('to a gateway that speaks no TLS', async () => {
    const url = await serveRaw('HTTP/1.1 400 Bad Request\r\n\r\n', { end: true });
    const post = clientOf(url.replace('http:', 'https:')).post('');
    await expect(post).rejects.toThrow("TLS can't be established with the gateway (EPROTO)");
  });

  it('to a name that does not exist', async () => {
    // The second is the answer of a machine without a network.
    const failure = /^the host name nothing\.invalid (was not found \(ENOTFOUND\)|can't be .* \(EAI_AGAIN\))$/;
    await expect(clientOf('http://nothing.invalid/pnm2').post('')).rejects.toThrow(failure);
  });
});

describe('a failed connection speaks against the address of the gateway', () => {
  it.each([
    ['ENOTFOUND', true],
    ['CERT_HAS_EXPIRED', true],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', true],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', true],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', true],
    ['ERR_TLS_CERT_ALTNAME_INVALID', true],
    ['EPROTO', true],
    ['ERR_SSL_WRONG_VERSION_NUMBER', true],
    ['EPROTOTYPE', false],
    ['EAI_AGAIN', false],
    ['ECONNREFUSED', false],
    ['ECONNRESET', false],
    ['ETIMEDOUT', false],
  ])('with %s: %s', (code, expected) => {
    expect(connectionFailure(Object.assign(new Error(), { code }), false, false).isAddressFault).toBe(expected);
  });
});
