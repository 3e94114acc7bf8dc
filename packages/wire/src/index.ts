export type * from "./authenticate.ts";
export type * from "./authorize.ts";
export { EVENT_STREAM_TYPE, eventMessage } from "./eventStream.ts";
export { FORWARDED_HEADER, type ForwardedFrom, Forwarder, type ForwarderDeps, peerOf } from "./forward.ts";
export { createRequestHandler, type RequestHandler, type RequestHandlerDeps } from "./handleRequest.ts";
export * from "./operation.ts";
export { presignUrl, type PresignOptions } from "./presign.ts";
