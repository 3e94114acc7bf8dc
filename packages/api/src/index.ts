export type { ApiDeps } from "./deps.ts";
export { invokeService, lambdaService, managementService } from "./service.ts";
