export type * from "./caller.ts";
export * from "./errors.ts";
export type * from "./functionConfiguration.ts";
export * from "./functionVersion.ts";
export type * from "./invocation.ts";
export type * from "./logEvent.ts";
export type * from "./usageRecord.ts";
