import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { registryCredentials } from "./registryCredentials.ts";

test("Docker Hub's login holds for its names, with a host or without, and for no other registry", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hearth-login-"));
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  });
  vi.stubEnv("DOCKER_CONFIG", folder);
  const hub = "https://index.docker.io/v1/";
  const auth = Buffer.from("tester:secret").toString("base64");
  await writeFile(join(folder, "config.json"), JSON.stringify({ auths: { [hub]: { auth } } }));
  const found = { username: "tester", password: "secret", serveraddress: hub };
  for (const host of [undefined, "docker.io", "index.docker.io"])
    expect(await registryCredentials(host)).toEqual(found);
  expect(await registryCredentials("ghcr.io")).toBeUndefined();
});
