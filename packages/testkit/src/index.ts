export { skipReason, type SkipOptions } from "./skipReason.ts";
export { type TestDatabase, type TestDatabaseOptions, testDatabase } from "./postgres.ts";
