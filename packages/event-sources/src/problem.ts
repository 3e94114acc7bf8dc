/** Why Node refuses the certificate of a server. */
const CERTIFICATE_CODES: ReadonlySet<unknown> = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_UNTRUSTED",
  "ERR_TLS_CERT_ALTNAME_INVALID",
]);

/** The `LastProcessingResult` for an error of a source. */
export function problem(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const cause = causesOf(error).find(({ code }) => CERTIFICATE_CODES.has(code));
  if (!cause) return `PROBLEM: ${text}`;
  const [reason] = cause.message.split(";"); // what follows is advice about Node's options
  return `PROBLEM: The server's certificate is not accepted: ${reason}. HEARTH_OUTBOUND_CA names authorities that are trusted beside the usual ones.`;
}

function causesOf(error: unknown): readonly (Error & { readonly code?: unknown })[] {
  if (!(error instanceof Error)) return [];
  return [error, ...causesOf(error.cause)];
}
