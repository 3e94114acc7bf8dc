import { startHearth } from "@hearth/testkit";

/** One Hearth for all conformance tests that do not need one of their own; none when they run against another target. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env["TARGET"] === "aws" || process.env["HEARTH_TEST_ENDPOINT"] !== undefined) return undefined;
  const hearth = await startHearth();
  process.env["HEARTH_TEST_ENDPOINT"] = hearth.endpoint;
  return async () => {
    delete process.env["HEARTH_TEST_ENDPOINT"];
    await hearth[Symbol.asyncDispose]();
  };
}
