import type { ImageProgram, ImageSource, PoolKey } from "@hearth/drivers";
import type { Logger } from "@hearth/kit";
import type { FunctionVersion, LogStreamName } from "@hearth/model";
import type { Program, Specialisation } from "@hearth/runtime-api";
import type { BootedPool } from "./bootedPool.ts";
import { environmentVariables, type InitializationType, needsFreshProcess } from "./environmentVariables.ts";
import { parametersSettings } from "./parameters/parametersSettings.ts";
import { poolKeyOf } from "./poolKeyOf.ts";
import type { Sandbox } from "./sandbox.ts";
import { credentialVariables, endpointVariables, type SandboxApi } from "./sandboxApi.ts";

export interface PlaceFunctionDeps {
  readonly booted: Pick<BootedPool, "take">;
  readonly driver: { readonly images: Pick<ImageSource, "ensureImage"> };
  readonly logger: Logger;
  readonly network: PoolKey["network"];
  /** The memory that the sandbox is expected to use, files in /tmp included. */
  readonly expectedMb: () => number;
  readonly api?: Pick<SandboxApi, "credentials" | "endpointVariables" | "linkPort" | "maxAgeMs">;
}

export interface PlacedFunction {
  /** Belongs to the caller. Its runtime process still waits for its function. */
  readonly sandbox: Sandbox;
  /** The answer to send to that process. */
  readonly specialisation: Specialisation;
}

/** Takes a sandbox and puts a function's code and limits into it. A sandbox that turns out unusable is replaced once. */
export async function placeFunction(
  version: FunctionVersion,
  { logGroupName, logStreamName }: LogStreamName,
  initializationType: InitializationType,
  { booted, driver, logger, network, expectedMb, api }: PlaceFunctionDeps,
  signal: AbortSignal,
): Promise<PlacedFunction> {
  const { accountId, codeDigest, layerDigests, configuration, imageRepository: repository } = version;
  const { MemorySize: memoryMb } = configuration;
  const image =
    repository !== undefined &&
    (await driver.images.ensureImage({ accountId, repository, digest: codeDigest }, signal));
  const limits = { memoryMb, accountId, expectedMb: expectedMb() };
  const code = image ? { layerDigests: [], ...limits } : { codeDigest, layerDigests, ...limits };
  const key = poolKeyOf(version, network);
  for (let attempt = 1; ; attempt++) {
    const sandbox = await booted.take(key, signal);
    try {
      const view = await sandbox.place(code, signal);
      if (!sandbox.isUp) throw new Error("the sandbox ended while it was specialised");
      const names = { logGroupName, logStreamName, initializationType };
      const environment = environmentVariables(version, view, names, image || undefined);
      const freshProcess = view.freshProcess === true || needsFreshProcess(version);
      const program = image ? { program: programOf(version, image) } : {};
      const specialisation = { environment, ...view, freshProcess, accountId, ...program };
      if (!api) return { sandbox, specialisation };
      const credentials = await api.credentials(version, sandbox.id);
      Object.assign(environment, credentialVariables(credentials));
      const parameters = version.hasParametersExtension ? parametersSettings(environment) : undefined;
      if (parameters) sandbox.serveParameters(parameters, version.region, credentials);
      const linkPort = api.linkPort?.();
      return {
        sandbox,
        specialisation: {
          ...specialisation,
          endpointVariables: endpointVariables(version, api.endpointVariables),
          ...(linkPort !== undefined && { linkPort }),
          ...(parameters && { localPort: parameters.port }),
        },
      };
    } catch (error) {
      await sandbox.stop(0);
      if (attempt > 1 || signal.aborted) throw error;
      logger.warn({ err: error, sandboxId: sandbox.id }, "a sandbox could not be specialised; another is taken");
    }
  }
}

/** The function's own image settings where they are set, else those of the image. An empty list counts as not set. */
function programOf({ configuration }: FunctionVersion, image: ImageProgram): Program {
  const { EntryPoint = [], Command = [], WorkingDirectory } = configuration.ImageConfigResponse?.ImageConfig ?? {};
  return {
    entryPoint: EntryPoint.length > 0 ? EntryPoint : image.entryPoint,
    command: Command.length > 0 ? Command : image.command,
    workingDirectory: WorkingDirectory || image.workingDirectory,
  };
}
