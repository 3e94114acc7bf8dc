export type * from "./authenticate.ts";
export { Forwarder, type ForwarderDeps } from "./forward.ts";
export { createRequestHandler, type RequestHandler, type RequestHandlerDeps } from "./handleRequest.ts";
export * from "./operation.ts";
export { presignUrl, type PresignOptions } from "./presign.ts";
