import { describe, expect, test } from 'vitest';
import { classifySubmit } from './classify-submit.js';
import { errorCodeOf, isConnectError } from './is-connect-error.js';

function coded(code: string, more: object = {}): Error {
  return Object.assign(new Error(code), { code }, more);
}

/** As Node's fetch throws it. */
function fetchFailed(cause: unknown): Error {
  return new TypeError('fetch failed', { cause });
}

const HANDSHAKE_CUT = 'Client network socket disconnected before secure TLS connection was established';

describe('only errors of the connect phase prove that nothing was sent', () => {
  test.each([
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'UND_ERR_CONNECT_TIMEOUT',
    'CERT_HAS_EXPIRED',
    'DEPTH_ZERO_SELF_SIGNED_CERT',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ])('%s does', (code) => {
    expect(isConnectError(fetchFailed(coded(code)))).toBe(true);
    expect(isConnectError(new Error('outer', { cause: fetchFailed(coded(code)) }))).toBe(true);
    const several = new AggregateError([coded(code), coded('ECONNREFUSED', { syscall: 'connect' })]);
    expect(isConnectError(fetchFailed(several))).toBe(true);
  });
  test.each([
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'ECONNABORTED',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
    'ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC',
    'HPE_INVALID_CONSTANT',
  ])('%s does not', (code) => {
    expect(isConnectError(fetchFailed(coded(code)))).toBe(false);
  });
  test.each([
    ['ETIMEDOUT while connecting', coded('ETIMEDOUT', { syscall: 'connect' }), true],
    ['EHOSTUNREACH on a standing connection', coded('EHOSTUNREACH', { syscall: 'read' }), false],
    ['a reset on a standing connection', coded('ECONNRESET', { syscall: 'read' }), false],
    [
      'a hang-up during the TLS handshake',
      Object.assign(new Error(HANDSHAKE_CUT), { code: 'ECONNRESET' }),
      true,
    ],
    [
      'several addresses, one of them reset',
      new AggregateError([coded('ECONNREFUSED'), coded('ECONNRESET')]),
      false,
    ],
    ['no addresses at all', new AggregateError([]), false],
    ['an abort', new DOMException('aborted', 'AbortError'), false],
    ['a timeout', Object.assign(new Error('late'), { name: 'TimeoutError' }), false],
    ['a reset caused by a refusal', coded('ECONNRESET', { cause: coded('ECONNREFUSED') }), false],
    ['a text', 'ECONNREFUSED', false],
    ['nothing', undefined, false],
  ])('%s', (_, error, expected) => {
    expect(isConnectError(error)).toBe(expected);
    const outcome = classifySubmit({ kind: 'fault', error });
    expect(outcome.kind === 'deferred' ? outcome.because : outcome.kind).toBe(
      expected ? 'provider' : 'unanswered',
    );
  });
  test('a chain of causes that bites its own tail ends', () => {
    const loop = new Error('loop');
    loop.cause = loop;
    expect([isConnectError(loop), errorCodeOf(loop)]).toEqual([false, null]);
  });
});
