export type { HostedCode } from "./code/codeSource.ts";
export type { ApiDeps } from "./deps.ts";
export { lambda, type LambdaHouse, lambdaInvoke } from "./service.ts";
