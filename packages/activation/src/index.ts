export * from "./activator.ts";
export { CodeCollector, type CodeCollectorDeps } from "./codeCollector.ts";
export { ImageCollector, type ImageCollectorDeps } from "./imageCollector.ts";
export { ImageMetrics } from "./imageMetrics.ts";
export { ImageResolver, type ImageResolverDeps } from "./imageResolver.ts";
export { Provisioner, type ProvisionedEnvironments, type ProvisionerDeps } from "./provisioner.ts";
export { withCode } from "./withCode.ts";
