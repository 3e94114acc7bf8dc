import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { systemRandom } from "@hearth/kit";
import { makeImages, noDocker, skipReason } from "@hearth/testkit";
import Docker from "dockerode";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { testImages } from "../../testing/testDocker.ts";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { INSTALLATION_LABEL } from "../labels.ts";
import { Interpreter, interpreterContainer } from "./interpreter.ts";

const NEVER = new AbortController().signal;
const MINUTES_MS = 10 * 60_000;
const silent = (): void => undefined;

describe("the interpreter for functions' own images", { timeout: 120_000, ...skipReason(await noDocker()) }, () => {
  const docker = new Docker();
  const { runtimeImages } = testImages(docker);
  beforeAll(() => makeImages("provided.al2023"), MINUTES_MS);

  function make() {
    const data = new TestDataDir();
    onTestFinished(() => data[Symbol.dispose]());
    const installation = systemRandom.hex(6);
    const interpreter = new Interpreter({
      docker,
      installation,
      runtimeImages,
      dataDir: data.path,
      random: systemRandom,
    });
    const containers = async () => {
      const label = [`${INSTALLATION_LABEL}=${installation}`];
      return await docker.listContainers({ all: true, filters: { label } });
    };
    return { data, installation, interpreter, containers };
  }

  test("is copied once, and its container is removed", async () => {
    const { interpreter, containers } = make();
    const folder = await interpreter.ensure(silent, NEVER);
    expect(existsSync(join(folder, "bootstrap.py"))).toBe(true);
    expect(await interpreter.ensure(silent, NEVER)).toBe(folder);
    expect(await containers()).toEqual([]);
  });

  test("a launcher that stops while it is being copied leaves neither a container nor a partial copy", async () => {
    const { data, interpreter, containers } = make();
    const copied = interpreter.ensure(silent, NEVER);
    copied.catch(silent);
    await vi.waitFor(async () => expect(await containers()).toHaveLength(1), { timeout: 60_000, interval: 5 });
    await interpreter[Symbol.asyncDispose]();
    expect(await containers()).toEqual([]);
    // On a slow machine the copy may have been complete; then the folder has its final name.
    const names = readdirSync(join(data.path, "interpreter"));
    expect(names.filter((name) => name.endsWith(".partial"))).toEqual([]);
    await expect(interpreter.ensure(silent, NEVER)).rejects.toThrow("the launcher is ending");
  });

  test("the container of a launcher that was killed is removed by the next one", async () => {
    const { interpreter, installation, containers } = make();
    const { image } = await runtimeImages.ensure("provided.al2023", silent, NEVER);
    const name = interpreterContainer(installation);
    await docker.createContainer({ name, Image: image, Labels: { [INSTALLATION_LABEL]: installation } });
    await interpreter.sweep();
    expect(await containers()).toEqual([]);
  });
});
