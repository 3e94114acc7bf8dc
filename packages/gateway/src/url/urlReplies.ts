import { AccessDeniedException, AwsError } from "@hearth/model";
import type { HttpReply } from "../httpEndpoint.ts";
import type { HttpRequest } from "../httpRequest.ts";

/** Every answer of a function URL names the request as the function and its log know it. */
export function withRequestId(reply: HttpReply, { requestId }: HttpRequest): HttpReply {
  return { ...reply, headers: { ...reply.headers, "x-amzn-requestid": requestId } };
}

/** The answers of the platform itself at a function URL. AWS's differ from those of the Lambda API: `Message`, and no `Type`. */
function urlError(status: number, type: string, body: string, headers?: Readonly<Record<string, string>>): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json", "x-amzn-errortype": type, ...headers },
    body: Buffer.from(body),
  };
}

const FORBIDDEN = urlError(
  403,
  "AccessDeniedException",
  '{"Message":"Forbidden. For troubleshooting Function URL authorization issues, see: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"}',
);
const UNKNOWN = urlError(403, "AccessDeniedException", '{"Message":null}');

/** For a URL that does not exist. */
export const unknownUrl = (request: HttpRequest): HttpReply => withRequestId(UNKNOWN, request);

/** The function failed, timed out, or returned what is no answer. Not JSON, although it says so: as AWS's. */
export const functionFailed = (): HttpReply => ({
  status: 502,
  headers: { "content-type": "application/json" },
  body: Buffer.from("Internal Server Error"),
});

export const methodNotAllowed = (): HttpReply =>
  urlError(405, "MethodNotAllowedException", '{"Message":"Method Not Allowed"}');

export const bodyTooLarge = (maxBytes: number): HttpReply =>
  urlError(
    413,
    "RequestEntityTooLargeException",
    JSON.stringify({ Message: `Request must be smaller than ${maxBytes} bytes for the InvokeFunction operation` }),
  );

/** The reply for an error of the invocation or of the signature. `undefined` for an error that is a bug. */
export function errorReply(error: unknown): HttpReply | undefined {
  if (error instanceof AccessDeniedException) return FORBIDDEN;
  if (!(error instanceof AwsError)) return undefined;
  const { httpStatus, code, message, headers } = error;
  return urlError(httpStatus, code, JSON.stringify({ Message: message }), headers);
}
