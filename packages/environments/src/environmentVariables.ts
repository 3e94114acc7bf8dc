import { familyEnvironment, type ImageProgram, type SandboxView } from "@hearth/drivers";
import type { FunctionConfiguration, FunctionVersion } from "@hearth/model";

/** As AWS_LAMBDA_INITIALIZATION_TYPE says it. */
export type InitializationType = "on-demand" | "provisioned-concurrency" | "snap-start";

export interface EnvironmentNames {
  readonly logGroupName: string;
  readonly logStreamName: string;
  /** `on-demand` unless said. */
  readonly initializationType?: InitializationType;
}

/** Never from the user: AWS refuses them at create, and an older snapshot must not carry them in. */
const RESERVED =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_ACCESS_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|AWS_SECURITY_TOKEN|AWS_LAMBDA_RUNTIME_API|HEARTH_.*)$/;

/**
 * Variables that every process, or a library it loads, reads only when it starts: only a new process sees them. All others are set in the running
 * runtime process. What a language's interpreter reads at its start is part of its family in packages/drivers.
 */
const READ_AT_START = /^(LD_.*|LC_.*|LANG|LANGUAGE|MALLOC_.*|GLIBC_TUNABLES|OPENSSL_CONF|AWS_LAMBDA_EXEC_WRAPPER)$/;

/**
 * A function's whole environment but for its credentials: the user's variables win, except over those AWS reserves.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export function environmentVariables(
  version: FunctionVersion,
  { taskRoot, optRoot }: SandboxView,
  { logGroupName, logStreamName, initializationType = "on-demand" }: EnvironmentNames,
  program?: Pick<ImageProgram, "environment">,
): Record<string, string> {
  const { configuration } = version;
  const { LoggingConfig } = configuration;
  const fixed: Record<string, string> = {
    AWS_REGION: version.region,
    AWS_DEFAULT_REGION: version.region,
    AWS_LAMBDA_FUNCTION_NAME: version.FunctionName,
    AWS_LAMBDA_FUNCTION_VERSION: version.Version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.MemorySize),
    AWS_LAMBDA_INITIALIZATION_TYPE: initializationType,
    AWS_LAMBDA_LOG_GROUP_NAME: logGroupName,
    AWS_LAMBDA_LOG_STREAM_NAME: logStreamName,
    AWS_LAMBDA_LOG_FORMAT: LoggingConfig.LogFormat,
  };
  if (LoggingConfig.ApplicationLogLevel) fixed["AWS_LAMBDA_LOG_LEVEL"] = LoggingConfig.ApplicationLogLevel;
  const users = Object.entries(configuration.Environment?.Variables ?? {}).filter(([name]) => !RESERVED.test(name));
  const [defaults, runtimes] = program ? [program.environment, {}] : ofRuntime(configuration, taskRoot, optRoot);
  return { ...defaults, ...Object.fromEntries(users), ...fixed, ...runtimes };
}

/** What a managed runtime or a custom one is given, for the user's variables to win over and not; an image says such things itself. */
function ofRuntime(
  { Runtime: runtime = "provided", Handler = "" }: FunctionConfiguration,
  taskRoot: string,
  optRoot: string,
): readonly [Readonly<Record<string, string>>, Readonly<Record<string, string>>] {
  const family = familyEnvironment(runtime);
  const runtimeDir = "/var/runtime";
  const defaults: Record<string, string> = {
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: `/var/lang/bin:/usr/local/bin:/usr/bin:/bin:${optRoot}/bin`,
    LD_LIBRARY_PATH: `/var/lang/lib:/lib64:/usr/lib64:${runtimeDir}:${runtimeDir}/lib:${taskRoot}:${taskRoot}/lib:${optRoot}/lib`,
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
  };
  Object.assign(defaults, family?.defaults(runtime, { taskRoot, optRoot, runtimeDir }));
  const fixed = {
    _HANDLER: Handler,
    ...((family?.hasExecutionEnv ?? true) && { AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}` }),
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: runtimeDir,
  };
  return [defaults, fixed];
}

/** Whether `version` sets a variable that a running process can no longer adopt. */
export function needsFreshProcess(version: FunctionVersion): boolean {
  const { Environment, Runtime = "" } = version.configuration;
  const atStart = familyEnvironment(Runtime)?.readAtStart;
  return Object.keys(Environment?.Variables ?? {}).some((name) => READ_AT_START.test(name) || atStart?.test(name));
}
