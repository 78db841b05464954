/** Failures of name lookup and of the first handshake: no byte of the request has left. */
const beforeTheRequest =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|UND_ERR_CONNECT_TIMEOUT|(.*_)?CERT_.*|SELF_SIGNED_CERT.*|.*_SELF_SIGNED_CERT|UNABLE_TO_.*)$/;

/** Whether a failed `fetch` certainly sent nothing. False whenever that is not certain. */
export function neverLeft(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (!(cause instanceof Error)) return false;
  if (cause instanceof AggregateError && cause.errors.length > 0) return cause.errors.every(isBeforeTheRequest);
  return isBeforeTheRequest(cause);
}

function isBeforeTheRequest(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const syscall = 'syscall' in error ? error.syscall : undefined;
  if (syscall === 'connect' || syscall === 'getaddrinfo') return true;
  return 'code' in error && typeof error.code === 'string' && beforeTheRequest.test(error.code);
}
