export { CodeCollector, type CodeCollectorDeps } from "./codeCollector.ts";
export { type ActivationDeps, startActivation } from "./startActivation.ts";
export { ImageMetrics } from "./imageMetrics.ts";
export { Provisioner } from "./provisioner.ts";
