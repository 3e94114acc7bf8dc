import type { IncomingMessage, ServerResponse } from "node:http";
import type { AwsError } from "@hearth/model";
import type { Bodies } from "./bodies.ts";
import { hasBody } from "./body.ts";
import type { Claim } from "./claim.ts";
import { sendContinue } from "./expectContinue.ts";
import { decodeForm } from "./codecs/form.ts";
import { encodeAwsJsonError } from "./protocols/awsJson.ts";
import { encodeQueryError } from "./protocols/queryErrors.ts";
import { encodeRestError } from "./protocols/rest/restJsonError.ts";
import { encodeBareXmlError } from "./protocols/restXml.ts";
import type { Answer } from "./protocols/serviceProtocol.ts";
import { header, queryPairs, type RawRequest } from "./rawRequest.ts";
import { entityTooLarge } from "./wireErrors.ts";

// Errors for requests to services that Hearth does not have and for unsigned requests, in a protocol that their client understands.

const MAX_FORM_BYTES = 1_048_576;

/** The name of the operation that a client requests from a service that Hearth does not have, such as `sqs:ListQueues`. */
export async function requestedOperation(
  { scope }: Claim,
  request: RawRequest,
  req: IncomingMessage,
  res: ServerResponse,
  bodies: Bodies,
): Promise<string> {
  const target = header(request.headers, "x-amz-target");
  if (target) return `${scope.service}:${target.slice(target.indexOf(".") + 1)}`;
  const pairs = queryPairs(request.search);
  if (isForm(request) && hasBody(req)) {
    const tooLarge = (): AwsError => entityTooLarge("requested", MAX_FORM_BYTES);
    const body = await bodies.read(req, { maxBytes: MAX_FORM_BYTES, tooLarge, start: () => sendContinue(req, res) });
    bodies.release(body);
    for (const pair of decodeForm(body)) pairs.push(pair);
  }
  const action = new Map(pairs).get("Action");
  return action ? `${scope.service}:${action}` : `${scope.service} ${request.method} ${request.path}`;
}

/** Encodes an error in the protocol that the request seems to be in. */
export function encodeForeignError(
  error: AwsError,
  claim: Claim | undefined,
  request: RawRequest,
  requestId: string,
): Answer {
  if (claim?.scope.service === "s3") return encodeBareXmlError(error, requestId);
  if (header(request.headers, "x-amz-target") !== undefined) return encodeAwsJsonError(error, "1.1");
  if (!isForm(request)) return encodeRestError(error);
  return encodeQueryError(error, requestId, "http://webservices.amazon.com/AWSFault/2005-15-09");
}

function isForm({ headers }: RawRequest): boolean {
  return headers["content-type"]?.startsWith("application/x-www-form-urlencoded") ?? false;
}
