export type { AdminHouse } from "./deps.ts";
export type { EnvironmentsOverview } from "./getEnvironments.ts";
export type { ProcessFacts } from "./processFacts.ts";
export { admin, adminEnvironments } from "./service.ts";
