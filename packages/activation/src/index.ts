export { CodeCollector, type CodeCollectorDeps } from "./codeCollector.ts";
export { type ActivationDeps, startActivation } from "./startActivation.ts";
