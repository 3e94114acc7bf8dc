export type * from "./activation.ts";
