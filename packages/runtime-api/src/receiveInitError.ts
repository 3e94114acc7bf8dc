import type { IncomingMessage, ServerResponse } from "node:http";
import { ACCEPTED, ALREADY_INITIALISED, BUSY, refuse, send, TOO_LARGE } from "./answers.ts";
import { errorTypeOf } from "./errorTypeOf.ts";
import type { ResponsesDeps } from "./responses.ts";

const MAX_INIT_ERROR_BYTES = 256 * 1024;

/** `POST …/runtime/init/error`: the function's init failed. Accepted once, and only before the first `next`. */
export function receiveInitError(
  request: IncomingMessage,
  response: ServerResponse,
  { channel, uploads, invocations }: ResponsesDeps,
): void {
  if (invocations.isInitialised) return refuse(request, response, ALREADY_INITIALISED);
  if (uploads.isTaken) return refuse(request, response, BUSY);
  uploads.receive(request, MAX_INIT_ERROR_BYTES, (body) => {
    if (invocations.isInitialised) {
      send(response, ALREADY_INITIALISED);
      return;
    }
    invocations.initFailed();
    send(response, body ? ACCEPTED : TOO_LARGE);
    channel.listener.onInitError(body ?? Buffer.from("{}"), errorTypeOf(request));
  });
}
