export type { AdminHouse } from "./deps.ts";
export { admin } from "./service.ts";
