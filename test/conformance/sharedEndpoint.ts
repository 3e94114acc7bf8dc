/** The variable that tells the tests of a worker which Hearth globalSetup.ts started for it. */
export function endpointVariable(worker: number | string): string {
  return `HEARTH_TEST_ENDPOINT_OF_WORKER_${worker}`;
}

/** The Hearth that HEARTH_TEST_ENDPOINT names, else the one that this worker's test files share; `undefined` where neither exists. */
export function sharedEndpoint(): string | undefined {
  return process.env["HEARTH_TEST_ENDPOINT"] ?? process.env[endpointVariable(process.env["VITEST_POOL_ID"] ?? "")];
}
