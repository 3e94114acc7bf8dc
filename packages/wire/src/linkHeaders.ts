import type { IncomingHttpHeaders } from "node:http";
import { queryPairs, type RawRequest } from "./rawRequest.ts";
import { SIGNATURE_PARAMETERS } from "./signatureParameters.ts";
import { isV2Link } from "./sigv2.ts";

/**
 * A pre-signed request whose `X-Amz-*` parameters are headers: clients that sign a link move such headers into its query, because a client
 * that follows the link sends none. `isHeader` gets names in lower case. A header that was sent, and therefore signed, comes first.
 */
export function withLinkHeaders(request: RawRequest, isHeader: (name: string) => boolean): RawRequest {
  let headers: IncomingHttpHeaders | undefined;
  for (const [given, value] of queryPairs(request.search)) {
    const name = given.toLowerCase();
    if (!name.startsWith("x-amz-") || SIGNATURE_PARAMETERS.has(name) || !isHeader(name)) continue;
    headers ??= { ...request.headers };
    headers[name] ??= value;
  }
  return headers ? { ...request, headers } : request;
}

/** The service in the scope of a signature that cannot be read, so that its client still gets an error in that service's format. */
export function serviceInScope({ headers, search }: RawRequest): string | undefined {
  const text = headers.authorization ?? search;
  const [, service] = /(?:\/|%2f)([a-z0-9-]+)(?:\/|%2f)aws4_request/i.exec(text.slice(0, MAX_SCANNED)) ?? [];
  return service ?? (isV2Link(search) ? "s3" : undefined);
}

const MAX_SCANNED = 8_192;
