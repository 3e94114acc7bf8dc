export type { IamDeps } from "./iam/deps.ts";
export { iamService } from "./iam/service.ts";
export type { LogsDeps } from "./logs/deps.ts";
export { logsService } from "./logs/service.ts";
export type { StsDeps } from "./sts/deps.ts";
export { stsService } from "./sts/service.ts";
