export { AccessKeys, type AccessKeysDeps } from "./accessKeys.ts";
