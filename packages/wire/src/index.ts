export type * from "./authenticate.ts";
export { Forwarder, type ForwarderDeps } from "./forward.ts";
export { EVENT_STREAM_TYPE, eventMessage } from "./eventStream.ts";
export { createRequestHandler, type RequestHandler, type RequestHandlerDeps } from "./handleRequest.ts";
export * from "./operation.ts";
export { presignUrl, type PresignOptions } from "./presign.ts";
