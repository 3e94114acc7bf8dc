export { Metering, type MeteringDeps, type MeteringOptions } from "./metering.ts";
export { ServiceMetering, type ServiceMeteringDeps } from "./serviceMetering.ts";
