export { OutputBudget } from "./outputBudget.ts";
export { MAX_LINE_BYTES, OutputPipe } from "./outputPipe.ts";
export { RuntimeEndpoint } from "./runtimeEndpoint.ts";
export type { RuntimeListener } from "./runtimeListener.ts";
export type { Program, Specialisation } from "./specialisation.ts";
