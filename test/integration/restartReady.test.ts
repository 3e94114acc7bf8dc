import { existsSync } from "node:fs";
import { join } from "node:path";
import { type RunningHearth, sampleFunctions, startHearth } from "@hearth/testkit";
import { expect, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";

const PATIENCE = { timeout: 60_000, interval: 100 };

/** Sandboxes that wait for a function, of all kinds. */
async function booted(hearth: RunningHearth): Promise<number> {
  const text = await (await fetch(hearth.metrics ?? "")).text();
  return [...text.matchAll(/^hearth_booted_sandboxes\{.*\} (\d+)/gm)].reduce((sum, [, n]) => sum + Number(n), 0);
}

test("after a crash a sandbox of the kind that was in use is booted before anything is invoked, and the first answer comes from it", async () => {
  await using hearth = await startHearth({ driver: "process" });
  const client = lambdaClient(hearth);
  await createActive(client, { FunctionName: "sync", files: sampleFunctions.nodeEcho });
  await invoke(client, "sync", {});
  await expect.poll(() => existsSync(join(hearth.dataDirectory, "kinds-in-use.json")), PATIENCE).toBe(true);
  await hearth.kill("SIGKILL");

  await hearth.start();
  await expect.poll(() => booted(hearth), PATIENCE).toBe(1);
  expect((await invoke(lambdaClient(hearth), "sync", { again: true })).payload).toEqual({ again: true });
});
