import type { IncomingMessage, ServerResponse } from "node:http";
import type { WholeRequest } from "./wholeRequest.ts";
import type { WholeResponse } from "./wholeResponse.ts";

/**
 * `channel` is the sandbox that the request came from, where it came from one; `service` the signing name that the request claims, where
 * it was read already.
 */
export type RequestHandler = (req: IncomingMessage, res: ServerResponse, channel?: string, service?: string) => void;

/** Takes requests that came in one piece too. One that it cannot serve without node:http is given back. */
export type WholeRequestHandler = (
  req: IncomingMessage | WholeRequest,
  res: ServerResponse | WholeResponse,
  channel?: string,
) => void;
