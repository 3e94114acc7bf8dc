import type { IncomingMessage, ServerResponse } from "node:http";
import { MAX_RESPONSE_BYTES, MAX_STREAMED_RESPONSE_BYTES, type ResponseSink } from "@hearth/model";
import { ACCEPTED, BUSY, INVALID_REQUEST_ID, refuse, send, TOO_LARGE } from "./answers.ts";
import { errorTypeOf } from "./errorTypeOf.ts";
import type { InvocationSlot } from "./invocationSlot.ts";
import type { RuntimeChannel } from "./runtimeChannel.ts";
import { isStreamed, streamFailure } from "./streamBody.ts";
import type { UploadSlot } from "./uploadSlot.ts";

export interface ResponsesDeps {
  readonly channel: RuntimeChannel;
  readonly uploads: UploadSlot;
  readonly invocations: InvocationSlot;
}

const EMPTY = Buffer.alloc(0);

/** `POST …/invocation/<id>/response` and `…/error`: the runtime reports how the current event ended. */
export class Responses {
  readonly #deps: ResponsesDeps;

  constructor(deps: ResponsesDeps) {
    this.#deps = deps;
  }

  /** With `thenNext` the request is answered by the next event rather than by 202. */
  onPosted(kind: "response" | "error", thenNext: boolean, request: IncomingMessage, response: ServerResponse): void {
    const { channel, uploads, invocations } = this.#deps;
    if (uploads.isTaken) return refuse(request, response, BUSY);
    const { active } = invocations;
    invocations.responding();
    if (active?.sink && kind === "response" && isStreamed(request)) {
      this.#stream(active.sink, thenNext, request, response);
      return;
    }
    uploads.receive(request, MAX_RESPONSE_BYTES, (body) => {
      if (!active || invocations.active !== active) {
        send(response, INVALID_REQUEST_ID);
        return;
      }
      invocations.answered();
      if (!thenNext) send(response, body ? ACCEPTED : TOO_LARGE);
      const failure = kind === "response" ? streamFailure(request) : undefined;
      if (!body) channel.listener.onTooLarge(MAX_RESPONSE_BYTES);
      else if (failure) channel.listener.onError(failure.payload, failure.errorType);
      else if (kind === "response") channel.listener.onResponse(body);
      else channel.listener.onError(body, errorTypeOf(request));
      if (thenNext) invocations.waitWith(response);
    });
  }

  /** Passes a response on as it comes. One that grows too large is reported at once, and the rest of it is dropped. */
  #stream(sink: ResponseSink, thenNext: boolean, request: IncomingMessage, response: ServerResponse): void {
    const { channel, uploads, invocations } = this.#deps;
    let tooLarge = false;
    const onTooLarge = (): void => {
      tooLarge = true;
      invocations.answered();
      channel.listener.onTooLarge(MAX_STREAMED_RESPONSE_BYTES);
    };
    const onEnd = (): void => {
      invocations.answered();
      if (!thenNext) send(response, tooLarge ? TOO_LARGE : ACCEPTED);
      const failure = streamFailure(request);
      if (failure && !tooLarge) channel.listener.onError(failure.payload, failure.errorType);
      else if (!tooLarge) channel.listener.onResponse(EMPTY);
      if (thenNext) invocations.waitWith(response);
    };
    const onBrokenOff = (): void => {
      invocations.answered();
      channel.listener.onTruncated();
    };
    uploads.stream(request, sink, { maxBytes: MAX_STREAMED_RESPONSE_BYTES, onTooLarge }, onEnd, onBrokenOff);
  }
}
