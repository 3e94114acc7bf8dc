export { type IamDeps, iamService } from "./iam/iamService.ts";
export { stsService } from "./sts/stsService.ts";
