import { type RunningHearth, startHearth } from "@hearth/testkit";

let hearth: RunningHearth | undefined;

/** Starts the Hearth that conformance tests share, unless they run against another target. */
export async function setup(): Promise<void> {
  if (process.env["TARGET"] === "aws" || process.env["HEARTH_TEST_ENDPOINT"] !== undefined) return;
  hearth = await startHearth();
  process.env["HEARTH_TEST_ENDPOINT"] = hearth.endpoint;
}

export async function teardown(): Promise<void> {
  if (!hearth) return;
  delete process.env["HEARTH_TEST_ENDPOINT"];
  await hearth[Symbol.asyncDispose]();
}
