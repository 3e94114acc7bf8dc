export { skipReason, type SkipOptions } from "./skipReason.ts";
