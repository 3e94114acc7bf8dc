import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { FUNCTION_IMAGES, makeImages, noDocker, skipReason } from "@hearth/testkit";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { testImages } from "../testDocker.ts";
import { FunctionImages } from "./functionImages.ts";

const NEVER = new AbortController().signal;
const MINUTES_MS = 10 * 60_000;
const clock = new SystemClock();
const silent = (): void => undefined;

describe("images of functions, with a registry", { timeout: 60_000, ...skipReason(await noDocker()) }, () => {
  const docker = new Docker();
  const { images } = testImages(docker);
  const own = new FunctionImages({ docker, images, pullTimeoutMs: 30_000, clock, logger: silentLogger }, NEVER);
  const unique = systemRandom.hex(4);
  let registry: Docker.Container;
  let host = "";

  beforeAll(async () => {
    await makeImages("function", "registry");
    registry = await docker.createContainer({
      Image: "hearth/test-registry:2",
      HostConfig: { PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] }, AutoRemove: true },
    });
    await registry.start();
    const { NetworkSettings } = await registry.inspect();
    host = `127.0.0.1:${NetworkSettings.Ports["5000/tcp"]?.[0]?.HostPort}`;
    await vi.waitFor(async () => expect((await fetch(`http://${host}/v2/`)).status).toBe(200), { timeout: 30_000 });
  }, MINUTES_MS);
  afterAll(async () => {
    await registry?.remove({ force: true });
  }, 60_000);

  const digests = new Set<string>();
  afterEach(async () => {
    const listed = await docker.listImages({ all: false });
    const mine = listed.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
    const kept = new Set([...digests].map((digest) => `hearth/function:${digest}`));
    for (const name of mine) if (name.startsWith(`${host}/`) || kept.has(name)) await docker.getImage(name).remove();
    digests.clear();
  });

  /** Puts one of the test images into the registry under `name`, and away from the engine. */
  async function push(name: string, image: keyof typeof FUNCTION_IMAGES): Promise<string> {
    const [repo = "", tag = ""] = `${host}/${name}`.split(/:(?=[^:/]*$)/);
    await docker.getImage(FUNCTION_IMAGES[image]).tag({ repo, tag });
    const pushing = await docker.getImage(`${repo}:${tag}`).push({ authconfig: {} });
    await new Promise((resolve, reject) =>
      docker.modem.followProgress(pushing, (error, said) => (error ? reject(error) : resolve(said))),
    );
    await forget(`${repo}:${tag}`);
    return `${repo}:${tag}`;
  }
  async function forget(name: string): Promise<void> {
    const { RepoDigests } = await docker.getImage(name).inspect();
    await docker.getImage(name).remove();
    for (const one of RepoDigests.filter((it) => it.startsWith(`${host}/`))) {
      await docker.getImage(one).remove().catch(silent);
    }
  }
  async function resolved(name: string): Promise<string> {
    const found = await own.resolve(name, NEVER);
    if (found.kind !== "found") throw new Error(found.reason);
    digests.add(found.digest);
    return found.digest;
  }
  const engineHas = (name: string): Promise<boolean> => images.exists(name);

  test("a name is resolved at its registry without a pull, then pulled by digest, also when the tag has moved", async () => {
    const name = await push(`team/moving-${unique}:1`, "first");
    const digest = await resolved(name);
    expect(await engineHas(`hearth/function:${digest}`)).toBe(false);
    await push(`team/moving-${unique}:1`, "second");
    expect(await resolved(name)).not.toBe(digest);
    const said: string[] = [];
    const image = { repository: name.replace(/:1$/, ""), digest };
    const program = await own.ensure(image, (message) => said.push(message), NEVER);
    expect(said).toEqual([`pulling ${image.repository}@sha256:${digest}`]);
    expect(program).toEqual({
      entryPoint: ["/main"],
      command: ["one", "two words"],
      workingDirectory: "/work",
      environment: { GREETING: "hello", LD_PRELOAD: "/none.so", PATH: "/bin" },
    });
  });

  test("what has been pulled stays when its name is taken away, and comes back when it has gone itself", async () => {
    const name = await push(`kept-${unique}:1`, "first");
    const image = { repository: name.replace(/:1$/, ""), digest: await resolved(name) };
    await own.ensure(image, silent, NEVER);
    await docker.getImage(`${image.repository}@sha256:${image.digest}`).remove();
    expect((await own.bootable(image.digest)).name).toBe(`hearth/function:${image.digest}`);
    await docker.getImage(`hearth/function:${image.digest}`).remove();
    await expect(own.bootable(image.digest)).rejects.toThrow("no longer has the image");
    await own.ensure(image, silent, NEVER);
    expect((await own.bootable(image.digest)).variables).toContain("LD_PRELOAD");
  });

  test("many who want one image share one pull", async () => {
    const name = await push(`shared-${unique}:1`, "first");
    const image = { repository: name.replace(/:1$/, ""), digest: await resolved(name) };
    const said: string[] = [];
    await Promise.all(Array.from({ length: 5 }, () => own.ensure(image, (message) => said.push(message), NEVER)));
    expect(said).toHaveLength(1);
  });

  test("an image that only the engine has is known by its id, and is used where its registry does not give it", async () => {
    const { Id } = await docker.getImage(FUNCTION_IMAGES.first).inspect();
    const found = { kind: "found", digest: Id.replace("sha256:", "") };
    expect(await own.resolve(FUNCTION_IMAGES.first, NEVER)).toEqual(found);
    await docker.getImage(FUNCTION_IMAGES.first).tag({ repo: `${host}/never-pushed-${unique}`, tag: "1" });
    expect(await own.resolve(`${host}/never-pushed-${unique}:1`, NEVER)).toEqual(found);
    await own.ensure({ repository: "hearth/test-function", digest: found.digest }, silent, NEVER);
  });

  test("an image that neither has is missing, and fails for good when it is wanted by digest", async () => {
    const repository = `${host}/none-${unique}`;
    expect(await own.resolve(`${repository}:1`, NEVER)).toMatchObject({ kind: "missing" });
    expect(await own.resolve("127.0.0.1:9/none:1", NEVER)).toMatchObject({ kind: "missing" });
    await expect(own.ensure({ repository, digest: "e".repeat(64) }, silent, NEVER)).rejects.toMatchObject({
      reasonCode: "ImageDeleted",
    });
  });
});
