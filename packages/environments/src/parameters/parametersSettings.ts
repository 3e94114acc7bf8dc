type Variables = Readonly<Record<string, string | undefined>>;

/** https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-integration-lambda-extensions.html#ps-integration-lambda-extensions-config */
export interface ParametersSettings {
  readonly port: number;
  /** The most parameters and secrets that are kept; 0 keeps none. */
  readonly cacheSize: number;
  readonly parameterTtlMs: number;
  readonly secretTtlMs: number;
  /** How long a call may take; 0 does not limit it. */
  readonly parameterTimeoutMs: number;
  readonly secretTimeoutMs: number;
  readonly logsErrors: boolean;
}

const DEFAULT_PORT = 2773;
const MAX_ITEMS = 1000;
const MAX_TTL_S = 300;

/** What a function's variables say; a value that AWS does not document counts as absent. */
export function parametersSettings(variables: Variables): ParametersSettings {
  const number = (name: string, least: number, most: number, otherwise: number): number => {
    const text = variables[name] ?? "";
    const value = Number(text);
    return /^\d{1,9}$/.test(text) && value >= least && value <= most ? value : otherwise;
  };
  const isOn = !/^false$/i.test(variables["PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED"] ?? "");
  const level = (variables["PARAMETERS_SECRETS_EXTENSION_LOG_LEVEL"] ?? "").toUpperCase();
  return {
    port: number("PARAMETERS_SECRETS_EXTENSION_HTTP_PORT", 1, 65_535, DEFAULT_PORT),
    cacheSize: isOn ? number("PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", 0, MAX_ITEMS, MAX_ITEMS) : 0,
    parameterTtlMs: 1000 * number("SSM_PARAMETER_STORE_TTL", 0, MAX_TTL_S, MAX_TTL_S),
    secretTtlMs: 1000 * number("SECRETS_MANAGER_TTL", 0, MAX_TTL_S, MAX_TTL_S),
    parameterTimeoutMs: number("SSM_PARAMETER_STORE_TIMEOUT_MILLIS", 0, 900_000, 0),
    secretTimeoutMs: number("SECRETS_MANAGER_TIMEOUT_MILLIS", 0, 900_000, 0),
    logsErrors: level !== "NONE",
  };
}
