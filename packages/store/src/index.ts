export type * from "./activation.ts";
export * from "./changeLog.ts";
export * from "./database.ts";
export * from "./databaseErrors.ts";
export type { ListenHandlers } from "./listener.ts";
export * from "./migrate.ts";
