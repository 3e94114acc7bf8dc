export { type IamDeps, iamService } from "./iam/iamService.ts";
export { type LogsDeps, logsService } from "./logs/logsService.ts";
export type { StsDeps } from "./sts/stsDeps.ts";
export { stsService } from "./sts/stsService.ts";
