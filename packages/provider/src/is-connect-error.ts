/** Codes of errors before the connection stood: nothing of the request can have been sent. */
const CONNECT_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/**
 * TLS errors of the handshake: verification codes of Node's `tls` and OpenSSL's refusals to negotiate. Errors
 * that can also strike a standing connection (a bad record, a late alert) are left out on purpose.
 */
const HANDSHAKE_CODES: ReadonlySet<string> = new Set([
  'CERT_CHAIN_TOO_LONG',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
  'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
  'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
  'ERR_SSL_TLSV1_UNRECOGNIZED_NAME',
  'ERR_SSL_UNSUPPORTED_PROTOCOL',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_TLS_HANDSHAKE_TIMEOUT',
  'HOSTNAME_MISMATCH',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Node's words for a peer that hung up during the TLS handshake; the code is the ambiguous ECONNRESET. */
const HANDSHAKE_CUT = 'Client network socket disconnected before secure TLS connection was established';

const CONNECT_CALLS: ReadonlySet<string> = new Set(['connect', 'getaddrinfo']);

const DEPTH_MAX = 8;

interface ErrorFields {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * Whether an error proves that the request never left: it came while connecting. The first error of the chain
 * of causes that has a code decides; of an AggregateError (several addresses were tried) every part must say so.
 */
export function isConnectError(error: unknown, depth = 0): boolean {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return false;
  const fields: ErrorFields = error;
  if (Array.isArray(fields.errors) && fields.errors.length > 0)
    return fields.errors.every((part) => isConnectError(part, depth + 1));
  if (typeof fields.code !== 'string') return isConnectError(fields.cause, depth + 1);
  if (typeof fields.syscall === 'string') return CONNECT_CALLS.has(fields.syscall);
  if (fields.code === 'ECONNRESET') return fields.message === HANDSHAKE_CUT;
  return CONNECT_CODES.has(fields.code) || HANDSHAKE_CODES.has(fields.code);
}

/** The first code in the chain of causes, for logs and reasons; null where no error has one. */
export function errorCodeOf(error: unknown, depth = 0): string | null {
  if (typeof error !== 'object' || error === null || depth > DEPTH_MAX) return null;
  const fields: ErrorFields = error;
  if (typeof fields.code === 'string') return fields.code;
  const parts: readonly unknown[] = Array.isArray(fields.errors) ? fields.errors : [];
  return errorCodeOf(fields.cause ?? parts[0], depth + 1);
}
