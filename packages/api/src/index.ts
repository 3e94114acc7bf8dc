export type { ApiDeps } from "./apiDeps.ts";
export { invokeService, lambdaService, managementService } from "./lambdaService.ts";
