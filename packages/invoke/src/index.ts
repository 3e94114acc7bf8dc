export type * from "./invocationRequest.ts";
