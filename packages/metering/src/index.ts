export { Metering, type MeteringDeps, type MeteringOptions } from "./metering.ts";
