import type { AwsError } from "@hearth/model";
import type { BodyStream } from "../body.ts";
import type { BoundOperation, ReplyBody } from "../operation.ts";
import type { RawRequest } from "../rawRequest.ts";

/** What goes back to the client, besides the request's id. */
export interface Answer {
  readonly status: number;
  /** Several values become several lines. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: ReplyBody;
}

export interface ReadRequest {
  readonly operation: BoundOperation;
  readonly input: unknown;
}

/** The operation that a request is meant for, and how its input is read. */
export interface Target {
  readonly maxBodyBytes: number;
  /** The error for a body beyond `maxBodyBytes`. */
  tooLarge(): AwsError;
  /** The operation and its input, not yet validated. Throws an AwsError when the request cannot be read or its operation is not built. */
  read(body: Buffer): ReadRequest;
  /** Present when the operation takes its body as a stream, instead of `read`. */
  readonly readStream?: (body: BodyStream) => ReadRequest;
}

/** One service in one of its protocols: finds operations, reads inputs, writes answers and errors. */
export interface ServiceProtocol {
  /** `undefined` when the service has no such operation. Never throws. */
  match(request: RawRequest): Target | undefined;
  /** The error for a request that `match` did not know. */
  unknown(request: RawRequest): AwsError;
  encode(operation: BoundOperation, output: object | undefined, requestId: string): Answer;
  encodeError(error: AwsError, requestId: string): Answer;
}
