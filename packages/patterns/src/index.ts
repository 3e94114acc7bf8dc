export { compileLogPattern } from "./logs/compileLogPattern.ts";
export type { LogPattern } from "./logs/logPattern.ts";
export { InvalidLogPattern } from "./logs/invalidLogPattern.ts";
export { compileEventPattern, type CompiledEventPattern } from "./events/compileEventPattern.ts";
export type { EventPattern } from "./events/eventPattern.ts";
export { EventPatternIndex } from "./events/eventPatternIndex.ts";
export { InvalidEventPattern } from "./events/invalidEventPattern.ts";
export { parseEventPattern } from "./events/parseEventPattern.ts";
