export { Bus, type BusConnection, type BusDeps, type BusOptions } from "./bus.ts";
