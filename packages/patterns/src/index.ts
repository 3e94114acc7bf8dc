export { compileLogPattern } from "./logs/compileLogPattern.ts";
export type { LogPattern } from "./logs/logPattern.ts";
export { InvalidLogPattern } from "./logs/invalidLogPattern.ts";
