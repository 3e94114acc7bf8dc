export * from "./changeLog.ts";
export * from "./database.ts";
export * from "./databaseErrors.ts";
export * from "./embeddedPostgres.ts";
export * from "./fileLock.ts";
export * from "./migrate.ts";
export type * from "./activation.ts";
export type { ListenHandlers } from "./listener.ts";
