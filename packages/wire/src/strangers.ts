import type { IncomingMessage } from "node:http";
import type { AwsError } from "@hearth/model";
import type { Bodies } from "./bodies.ts";
import { hasBody } from "./body.ts";
import type { Claim } from "./claim.ts";
import type { Answer } from "./door.ts";
import { decodeForm } from "./form.ts";
import { encodeJson11Error, encodeRestError } from "./json.ts";
import { encodeQueryError } from "./query.ts";
import { header, queryPairs, type RawRequest } from "./rawRequest.ts";
import { entityTooLarge } from "./wireErrors.ts";
import { escapeXml } from "./xml.ts";

// Requests for services that are not here, and unsigned ones: their answers have to be understood by whatever client sent them.

const MAX_FORM_BYTES = 1_048_576;

/** The name of the operation that a client wants of a service that is not here, such as `sqs:ListQueues`. */
export async function wantedOperation(
  { scope }: Claim,
  request: RawRequest,
  req: IncomingMessage,
  bodies: Bodies,
): Promise<string> {
  const target = header(request.headers, "x-amz-target");
  if (target) return `${scope.service}:${target.slice(target.indexOf(".") + 1)}`;
  const pairs = queryPairs(request.search);
  if (isForm(request) && hasBody(req)) {
    const tooLarge = (): AwsError => entityTooLarge("requested", MAX_FORM_BYTES);
    const body = await bodies.read(req, { maxBytes: MAX_FORM_BYTES, tooLarge });
    bodies.release(body);
    pairs.push(...decodeForm(body));
  }
  const action = new Map(pairs).get("Action");
  return action ? `${scope.service}:${action}` : `${scope.service} ${request.method} ${request.path}`;
}

/** An error in the protocol that the request suggests. */
export function encodeStrangerError(
  error: AwsError,
  claim: Claim | undefined,
  request: RawRequest,
  requestId: string,
): Answer {
  if (claim?.scope.service === "s3") return encodeS3Error(error, requestId);
  if (header(request.headers, "x-amz-target") !== undefined) return encodeJson11Error(error);
  if (!isForm(request)) return encodeRestError(error);
  return encodeQueryError(error, requestId, "http://webservices.amazon.com/AWSFault/2005-15-09");
}

function encodeS3Error(error: AwsError, requestId: string): Answer {
  const code = `<Code>${error.code}</Code><Message>${escapeXml(error.message)}</Message>`;
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error>${code}<RequestId>${requestId}</RequestId></Error>`;
  return {
    status: error.httpStatus,
    headers: { "Content-Type": "application/xml", "x-amz-request-id": requestId, ...error.headers },
    body: Buffer.from(xml),
  };
}

function isForm({ headers }: RawRequest): boolean {
  return headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
}
