import { type Clock } from "@hearth/kit";
import { type FunctionVersion, ServiceException } from "@hearth/model";
import type { EnvironmentLog } from "./environmentLog.ts";
import type { InitializationType } from "./environmentVariables.ts";
import { Initialisation, initEvents, type InitOptions, type InitResult } from "./initialisation.ts";
import type { EnvironmentMetrics } from "./metrics.ts";
import { instanceIdOf } from "./newLogStream.ts";
import { oneTurn } from "./oneTurn.ts";
import { placeFunction, type PlaceFunctionDeps } from "./placeFunction.ts";
import type { Sandbox } from "./sandbox.ts";
import type { SandboxOwner } from "./sandboxOwner.ts";

export interface RunInitDeps extends PlaceFunctionDeps {
  readonly clock: Clock;
  readonly metrics: EnvironmentMetrics;
  /** The version that a runtime identifier really runs, as the INIT_START line shows it. */
  readonly runtimeVersion: (runtime: string) => string;
}

/** An init and the environment that it is for. */
export interface InitRequest {
  readonly version: FunctionVersion;
  readonly initializationType: InitializationType;
  readonly log: EnvironmentLog;
  readonly phase: InitOptions["phase"];
  readonly limitMs: number;
  readonly owner: SandboxOwner;
  /** False once the environment has been stopped. */
  isWanted(): boolean;
  /** The function is in place; its init starts when this returns. */
  onBegin(sandbox: Sandbox, init: Initialisation): void;
}

/** The sandbox of a successful init belongs to the caller; the sandbox of a failed one is being stopped. */
export interface InitRun {
  readonly result: InitResult;
  readonly sandbox: Sandbox;
}

/** Takes a sandbox, puts the function into it and runs the function's init. Rejects when the platform fails. */
export async function runInit(request: InitRequest, deps: RunInitDeps, signal: AbortSignal): Promise<InitRun> {
  const { version, initializationType, log, phase, owner } = request;
  const { sandbox, specialisation } = await placeFunction(version, log.stream, initializationType, deps, signal);
  if (!request.isWanted()) {
    await sandbox.stop(0);
    throw new ServiceException("The execution environment was stopped while it started.");
  }
  log.readFrom(sandbox);
  sandbox.attach(owner);
  if (phase === "init") logInitStart(request, deps);
  const init = new Initialisation(request.limitMs, deps.clock, {
    phase,
    onRestoring: (durationMs) => logRestoreStart(request, durationMs, deps),
  });
  request.onBegin(sandbox, init);
  void sandbox.whenAllWaiting().then(() => init.ready());
  sandbox.specialise(specialisation);
  const result = await init.result;
  deps.metrics.initialised(result.kind, result.durationMs);
  if (result.kind !== "ready") {
    // The function's last output is logged before the report on its init.
    await oneTurn();
    sandbox.flush();
    void sandbox.end(result.kind === "timeout" ? "timeout" : "failure");
  }
  for (const { name, state, events, errorType } of sandbox.extensions)
    log.say({ type: "extension", name, state, events, errorType });
  for (const event of initEvents(initializationType, phase, result)) log.say(event);
  return { result, sandbox };
}

/** The runtime of `version` has finished its init, and begins the hooks after its restore: logs both. */
function logRestoreStart(
  { version, initializationType, log, phase }: InitRequest,
  durationMs: number,
  { runtimeVersion }: RunInitDeps,
): void {
  for (const event of initEvents(initializationType, phase, { kind: "ready", durationMs })) log.say(event);
  const { Runtime = "", RuntimeVersionConfig, MemorySize } = version.configuration;
  log.say({
    type: "restoreStart",
    functionName: version.FunctionName,
    functionVersion: version.Version,
    instanceId: instanceIdOf(version, log.stream),
    memorySizeMb: MemorySize,
    runtimeVersion: runtimeVersion(Runtime),
    runtimeVersionArn: RuntimeVersionConfig?.RuntimeVersionArn ?? "",
  });
}

function logInitStart({ version, initializationType, log }: InitRequest, { runtimeVersion }: RunInitDeps): void {
  const { Runtime, RuntimeVersionConfig, MemorySize } = version.configuration;
  if (Runtime === undefined) return;
  log.say({
    type: "initStart",
    initializationType,
    runtimeVersion: runtimeVersion(Runtime),
    runtimeVersionArn: RuntimeVersionConfig?.RuntimeVersionArn ?? "",
    functionName: version.FunctionName,
    functionVersion: version.Version,
    instanceId: instanceIdOf(version, log.stream),
    memorySizeMb: MemorySize,
  });
}
