import type { FunctionVersion } from "@hearth/model";
import type { InitializationType } from "./environmentVariables.ts";

/** How an environment is initialised that a request needs: published versions with SnapStart call their hooks. */
export function onDemandType({ Version, configuration }: FunctionVersion): InitializationType {
  return Version !== "$LATEST" && configuration.SnapStart.ApplyOn === "PublishedVersions" ? "snap-start" : "on-demand";
}
