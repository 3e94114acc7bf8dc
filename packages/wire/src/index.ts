export type * from "./authenticate.ts";
export type * from "./authorize.ts";
export { EVENT_STREAM_TYPE, eventMessage } from "./eventStream.ts";
export { FORWARDED_HEADER, Forwarder, type ForwarderDeps } from "./forward.ts";
export { type ForwardedFrom, peerOf } from "./forwardedFrom.ts";
export { createRequestHandler, type RequestHandlerDeps } from "./handleRequest.ts";
export * from "./operation.ts";
export { presignUrl, type PresignOptions } from "./presign.ts";
export type { RequestHandler } from "./requestHandler.ts";
