export * from "./driver.ts";
export { type EngineChoice, EngineUnavailable } from "./createEngine.ts";
export { EngineRefused } from "./docker/seccompOf.ts";
export { connectLauncher, type LauncherClient } from "./launcher/client.ts";
export { launcherVersion } from "./launcher/launcherVersion.ts";
export type { LauncherClientOptions } from "./launcher/link.ts";
export { type LauncherOptions, runLauncher } from "./launcher/process.ts";
export type { FolderOwner } from "./sandboxFolders.ts";
export { assumedSupport, familyEnvironment } from "./runtimeTable.ts";
