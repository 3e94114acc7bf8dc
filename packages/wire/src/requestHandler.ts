import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * `channel` is the sandbox that the request came from, where it came from one; `service` the signing name that the request claims, where
 * it was read already.
 */
export type RequestHandler = (req: IncomingMessage, res: ServerResponse, channel?: string, service?: string) => void;
