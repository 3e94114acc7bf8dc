import type { ImageProgram, SandboxView } from "@hearth/drivers";
import type { FunctionConfiguration, FunctionVersion } from "@hearth/model";

/** As AWS_LAMBDA_INITIALIZATION_TYPE says it. */
export type InitializationType = "on-demand" | "provisioned-concurrency";

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
 * What a process reads when it starts, or hands to libraries that do: only a fresh exec makes these true. Everything else is put in place
 * in the running runtime.
 */
const NEEDS_FRESH_PROCESS =
  /^(LD_.*|LC_.*|LANG|LANGUAGE|NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_ICU_DATA|NODE_V8_COVERAGE|NODE_DEBUG|NODE_COMPILE_CACHE|UV_.*|MALLOC_.*|GLIBC_TUNABLES|OPENSSL_CONF|PYTHON(?!PATH$).*|AWS_LAMBDA_EXEC_WRAPPER)$/;

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
  const major = /^nodejs(\d+)/.exec(runtime)?.[1];
  const runtimeDir = "/var/runtime";
  const defaults: Record<string, string> = {
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    PATH: `/var/lang/bin:/usr/local/bin:/usr/bin:/bin:${optRoot}/bin`,
    LD_LIBRARY_PATH: `/var/lang/lib:/lib64:/usr/lib64:${runtimeDir}:${runtimeDir}/lib:${taskRoot}:${taskRoot}/lib:${optRoot}/lib`,
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
  };
  if (major) {
    const layers = `${optRoot}/nodejs/node${major}/node_modules:${optRoot}/nodejs/node_modules`;
    defaults["NODE_PATH"] = `${layers}:${runtimeDir}/node_modules:${runtimeDir}:${taskRoot}`;
  }
  if (runtime.startsWith("python")) defaults["PYTHONPATH"] = runtimeDir;
  const fixed = {
    _HANDLER: Handler,
    // AWS leaves it out where the runtime is the function's own.
    ...(!runtime.startsWith("provided") && { AWS_EXECUTION_ENV: `AWS_Lambda_${runtime}` }),
    LAMBDA_TASK_ROOT: taskRoot,
    LAMBDA_RUNTIME_DIR: runtimeDir,
  };
  return [defaults, fixed];
}

/** Whether `version` sets a variable that a running process cannot take on any more. */
export function needsFreshProcess(version: FunctionVersion): boolean {
  return Object.keys(version.configuration.Environment?.Variables ?? {}).some((name) => NEEDS_FRESH_PROCESS.test(name));
}
