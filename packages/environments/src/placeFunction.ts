import type { PoolKey } from "@hearth/drivers";
import type { Logger } from "@hearth/kit";
import type { FunctionVersion, LogStreamName } from "@hearth/model";
import type { Specialisation } from "@hearth/runtime-api";
import type { BootedPool } from "./bootedPool.ts";
import { environmentVariables, type InitializationType, needsFreshProcess } from "./environmentVariables.ts";
import { poolKeyOf } from "./poolKeyOf.ts";
import type { Sandbox } from "./sandbox.ts";
import { credentialVariables, endpointVariables, type SandboxApi } from "./sandboxApi.ts";

export interface PlaceFunctionDeps {
  readonly booted: Pick<BootedPool, "take">;
  readonly logger: Logger;
  readonly region: string;
  readonly network: PoolKey["network"];
  readonly api?: Pick<SandboxApi, "credentials" | "maxAgeMs">;
}

export interface PlacedFunction {
  /** The caller's from now on; its runtime process still waits. */
  readonly sandbox: Sandbox;
  /** What that process is to be told. */
  readonly specialisation: Specialisation;
}

/** Takes a sandbox and puts a function's code and limits in place there. A sandbox that proves unusable is replaced once. */
export async function placeFunction(
  version: FunctionVersion,
  { logGroupName, logStreamName }: LogStreamName,
  initializationType: InitializationType,
  { booted, logger, region, network, api }: PlaceFunctionDeps,
  signal: AbortSignal,
): Promise<PlacedFunction> {
  const { codeDigest, layerDigests, configuration } = version;
  const key = poolKeyOf(configuration, network);
  for (let attempt = 1; ; attempt++) {
    const sandbox = await booted.take(key, signal);
    try {
      const view = await sandbox.place({ codeDigest, layerDigests, memoryMb: configuration.MemorySize }, signal);
      if (!sandbox.isUp) throw new Error("the sandbox ended while it was specialised");
      const environment = environmentVariables(version, view, {
        region,
        logGroupName,
        logStreamName,
        initializationType,
      });
      const freshProcess = needsFreshProcess(version);
      if (!api) return { sandbox, specialisation: { environment, ...view, freshProcess } };
      Object.assign(environment, credentialVariables(await api.credentials(version, sandbox.id)));
      return {
        sandbox,
        specialisation: { environment, ...view, freshProcess, endpointVariables: endpointVariables(version) },
      };
    } catch (error) {
      await sandbox.stop(0);
      if (attempt > 1 || signal.aborted) throw error;
      logger.warn({ err: error, sandboxId: sandbox.id }, "a sandbox could not be specialised; another is taken");
    }
  }
}
