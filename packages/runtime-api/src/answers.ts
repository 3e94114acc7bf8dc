import type { IncomingMessage, ServerResponse } from "node:http";
import { boundPiecesOf } from "@hearth/kit";
import { MAX_RESPONSE_BYTES } from "@hearth/model";

/** A fixed JSON answer. Its bytes and its header list are made once. */
export interface Answer {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: string;
}

export function answer(status: number, document: object): Answer {
  const body = `${JSON.stringify(document)}\n`;
  return { status, headers: ["Content-Type", "application/json", "Content-Length", String(body.length)], body };
}

function invalidState(what: string): Answer {
  return answer(403, {
    errorMessage: `State transition is not allowed: ${what}`,
    errorType: "InvalidStateTransition",
  });
}

/** The Runtime API's answers. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html */
export const ACCEPTED = answer(202, { status: "OK" });
export const NOT_FOUND = answer(404, { errorMessage: "No such resource", errorType: "NotFound" });
export const INVALID_REQUEST_ID = answer(400, { errorMessage: "Invalid request ID", errorType: "InvalidRequestID" });
export const TOO_LARGE = answer(413, {
  errorMessage: `Exceeded maximum allowed payload size (${MAX_RESPONSE_BYTES} bytes).`,
  errorType: "RequestEntityTooLarge",
});
export const BUSY = answer(429, {
  errorMessage: "Another request of this kind is under way",
  errorType: "TooManyRequests",
});
export const NOT_SPECIALISED = invalidState("this sandbox is nobody's yet");
export const ALREADY_WAITING = invalidState("another request waits for this already");
export const ALREADY_TOLD = invalidState("the function was handed out already");
export const ALREADY_INITIALISED = invalidState("initialisation is over");
export const NOT_RESTORING = invalidState("no restore is under way");
export const ALREADY_RESTORED = invalidState("the restore was asked for already");
/** There is no snapshot to wait for: a runtime that asks may go on at once. */
export const RESTORED = answer(200, {});
export const NOT_ANSWERED = invalidState("the invocation before has no response yet");

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.sendDate = false;
  response.writeHead(status, headers as string[]);
  response.end(body);
}

/** Sends a refusal once the request has been read: a client that is still sending might not get to read an answer that comes earlier. */
export function refuse(request: IncomingMessage, response: ServerResponse, refusal: Answer): void {
  boundPiecesOf(request);
  request.resume().once("end", () => send(response, refusal));
}
