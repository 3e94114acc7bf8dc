/** AWS's limits. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */

export const MAX_FUNCTION_NAME_LENGTH = 64;
export const MAX_ZIP_BYTES = 52_428_800;
export const MAX_UNZIPPED_BYTES = 262_144_000;
/** Largest request of CreateFunction and UpdateFunctionCode; includes base64. */
export const MAX_CODE_REQUEST_BYTES = 70_167_211;
/** Largest request of UpdateFunctionConfiguration. https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html */
export const MAX_CONFIGURATION_REQUEST_BYTES = 5120;
export const MAX_SYNC_PAYLOAD_BYTES = 6 * 1024 * 1024;
/** Largest response of a function: 6 MiB and 100 bytes, as on AWS. */
export const MAX_RESPONSE_BYTES = 6_291_556;
/** Largest streamed response of a function. https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html */
export const MAX_STREAMED_RESPONSE_BYTES = 200 * 1024 * 1024;
export const MAX_ASYNC_PAYLOAD_BYTES = 1024 * 1024;
/** Largest payload of the deprecated InvokeAsync. https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html */
export const MAX_INVOKE_ASYNC_BYTES = 256 * 1024;
export const MAX_ENVIRONMENT_BYTES = 4096;
/** "Container image settings size". */
export const MAX_IMAGE_CONFIG_BYTES = 16_384;
export const MAX_MEMORY_MB = 10_240;
export const MIN_MEMORY_MB = 128;
export const MAX_TIMEOUT_SECONDS = 900;
export const MAX_POLICY_BYTES = 20_480;
/** Largest client context, as base64. https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export const MAX_CLIENT_CONTEXT_BYTES = 3583;
export const MAX_TAGS = 50;
/** Most layers of one function. */
export const MAX_LAYERS = 5;
/** Concurrency that reservations must leave for functions without one. */
export const MIN_UNRESERVED_CONCURRENCY = 100;
/** Largest page of ListFunctions and ListVersionsByFunction, even when MaxItems is larger. */
export const MAX_LIST_PAGE = 50;

/** Limits that each account can have its own values of. */
export interface AccountLimits {
  readonly ConcurrentExecutions: number;
  /** Bytes; the sum over all archives of all versions. */
  readonly TotalCodeSize: number;
}
export const DEFAULT_ACCOUNT_LIMITS: AccountLimits = { ConcurrentExecutions: 1000, TotalCodeSize: 80_530_636_800 };
