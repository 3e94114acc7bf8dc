import { systemRandom } from "@hearth/kit";
import { noOwnEngine, OwnEngine, skipReason } from "@hearth/testkit";
import Docker from "dockerode";
import { afterEach, expect, test } from "vitest";
import { TestDockerDriver, testImages } from "../testing/testDocker.ts";
import { TestRuntimeApi } from "../testing/testRuntimeApi.ts";

const RUNTIME = "nodejs24.x";
const NEVER = new AbortController().signal;
const needs = { ...skipReason(await noOwnEngine()), timeout: 300_000 };
const dockerHost = process.env["DOCKER_HOST"];
afterEach(() => {
  if (dockerHost === undefined) delete process.env["DOCKER_HOST"];
  else process.env["DOCKER_HOST"] = dockerHost;
});

test(
  "while dockerd is stopped, starts fail and running sandboxes go on; then starts work, and nothing is left of those that failed",
  needs,
  async () => {
    const { image } = await testImages(new Docker()).runtimeImages.ensure(RUNTIME, () => undefined, NEVER);
    await using engine = await OwnEngine.start([image]);
    process.env["DOCKER_HOST"] = engine.dockerHost;
    await using made = await TestDockerDriver.make();
    const { driver } = made;
    const warm = await made.start({ runtime: RUNTIME });
    const booting = async (id: string): Promise<unknown> => {
      await using _api = await TestRuntimeApi.listen(await driver.prepare(id));
      return await driver.boot(id, { runtime: RUNTIME, network: "none", tmpSizeMb: 512 }, NEVER).catch(String);
    };
    const cold = [1, 2, 3].map(() => systemRandom.hex(8));
    {
      using _stopped = engine.stop();
      const failures = Promise.all(cold.map(booting));
      await warm.api.run("return 1");
      for (const failure of await failures) expect(failure).toContain("the Docker Engine has not answered for");
      await driver.freeze(warm.id);
      await driver.thaw(warm.id);
      await warm.api.run("return 2");
      await Promise.all(cold.map((id) => driver.stop(id, 0)));
      await expect(driver.list()).rejects.toThrow("the Docker Engine has not answered for");
    }
    await expect.poll(() => driver.list().catch(String), { timeout: 60_000 }).toEqual([warm.id]);
    await made.start({ runtime: RUNTIME });
    // The engine carries out what it was asked before it was stopped; the launcher sweeps every 30 s.
    const containers = async (): Promise<number> => {
      await driver.sweep();
      return (await engine.docker.listContainers({ all: true })).length;
    };
    await expect.poll(containers, { timeout: 60_000 }).toBe(2);
  },
);
