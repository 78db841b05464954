import { objectIn } from './json.js';

/** Failures of name lookup and of the first handshake: no byte of the request has left. */
const beforeTheRequest = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_UNTRUSTED',
  'CERT_REVOKED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** Whether a failed `fetch` certainly sent nothing. False whenever that is not certain. */
export function neverLeft(error: unknown): boolean {
  const cause = objectIn(objectIn(error).cause);
  if (Array.isArray(cause.errors) && cause.errors.length > 0) {
    return cause.errors.every((each) => isBeforeTheRequest(objectIn(each)));
  }
  return isBeforeTheRequest(cause);
}

function isBeforeTheRequest({ code, syscall }: Readonly<Record<string, unknown>>): boolean {
  return syscall === 'connect' || syscall === 'getaddrinfo' || (typeof code === 'string' && beforeTheRequest.has(code));
}
