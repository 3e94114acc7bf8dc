import { ManualClock, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { OWNER_ACCOUNT } from "@hearth/model";
import { FUNCTION_IMAGES, makeImages, noDocker, pushTo, pushUnique, skipReason, TestRegistry } from "@hearth/testkit";
import Docker from "dockerode";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { testImages } from "../../testing/testDocker.ts";
import { FunctionImages } from "./functionImages.ts";
import { ImageGrants, type ImageRight } from "./imageGrants.ts";

const NEVER = new AbortController().signal;
const MINUTES_MS = 10 * 60_000;
const clock = new SystemClock();
const silent = (): void => undefined;

describe("images of functions, with a registry", { timeout: 60_000, ...skipReason(await noDocker()) }, () => {
  const docker = new Docker();
  const { images } = testImages(docker);
  const data = new TestDataDir();
  const installation = systemRandom.hex(6);
  const repositories = ["hearth", "127.0.0.1:9"];
  const grants = {
    of: (...asked: Parameters<ImageGrants["of"]>): ImageRight => new ImageGrants(repositories).of(...asked),
  };
  const settings = { dataDir: data.path, grants, pullTimeoutMs: 30_000 };
  const deps = { docker, installation, images, ...settings, random: systemRandom, logger: silentLogger };
  const own = new FunctionImages({ ...deps, clock }, NEVER);
  const unique = systemRandom.hex(4);
  let registry: TestRegistry;
  let host = "";

  beforeAll(async () => {
    await makeImages("function", "registry");
    registry = await TestRegistry.start(docker);
    ({ host } = registry);
    repositories.push(host);
  }, MINUTES_MS);
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    data[Symbol.dispose]();
  }, 60_000);

  const digests = new Set<string>();
  afterEach(async () => {
    const listed = await docker.listImages({ all: false });
    const mine = listed.flatMap(({ RepoTags, RepoDigests }) => [...(RepoTags ?? []), ...(RepoDigests ?? [])]);
    const kept = new Set([...digests].map((digest) => `hearth/function-${installation}:${digest}`));
    for (const name of mine) if (name.startsWith(`${host}/`) || kept.has(name)) await docker.getImage(name).remove();
    digests.clear();
  });

  async function push(name: string, image: string): Promise<string> {
    await pushTo(docker, `${host}/${name}`, image);
    return `${host}/${name}`;
  }
  async function resolved(name: string): Promise<string> {
    const found = await own.resolve(name, OWNER_ACCOUNT, NEVER);
    if (found.kind !== "found") throw new Error(found.reason);
    digests.add(found.digest);
    return found.digest;
  }
  const engineHas = (name: string): Promise<boolean> => images.exists(name);

  test("a name is resolved at its registry without a pull, then pulled by digest, also when the tag has moved", async () => {
    const name = await push(`team/moving-${unique}:1`, FUNCTION_IMAGES.first);
    const digest = await resolved(name);
    expect(await engineHas(`hearth/function-${installation}:${digest}`)).toBe(false);
    await push(`team/moving-${unique}:1`, FUNCTION_IMAGES.second);
    expect(await resolved(name)).not.toBe(digest);
    const said: string[] = [];
    const image = { accountId: OWNER_ACCOUNT, repository: name.replace(/:1$/, ""), digest };
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
    const name = await push(`kept-${unique}:1`, FUNCTION_IMAGES.first);
    const image = { accountId: OWNER_ACCOUNT, repository: name.replace(/:1$/, ""), digest: await resolved(name) };
    await own.ensure(image, silent, NEVER);
    await docker.getImage(`${image.repository}@sha256:${image.digest}`).remove();
    expect((await own.bootable(image.digest)).name).toBe(`hearth/function-${installation}:${image.digest}`);
    await docker.getImage(`hearth/function-${installation}:${image.digest}`).remove();
    await expect(own.bootable(image.digest)).rejects.toThrow("no longer has the image");
    await own.ensure(image, silent, NEVER);
    expect((await own.bootable(image.digest)).variables).toContain("LD_PRELOAD");
  });

  test("what nobody has asked for lately is named, and goes with its volumes once it is released and not in use", async () => {
    const name = `${host}/old-${unique}:1`;
    await pushUnique(docker, name, FUNCTION_IMAGES.first);
    const image = { accountId: OWNER_ACCOUNT, repository: name.replace(/:1$/, ""), digest: await resolved(name) };
    await own.ensure(image, silent, NEVER);
    expect(await own.kept()).not.toContain(image.digest);
    const later = new ManualClock(clock.now() + 2 * 3_600_000);
    const afterwards = new FunctionImages({ ...deps, clock: later }, NEVER);
    expect(await afterwards.kept()).toContain(image.digest);
    const { volumes } = await own.bootable(image.digest);
    expect(volumes).toEqual([{ name: `hearth-function-${installation}-${image.digest}-0`, folder: "/held" }]);
    const Mounts = volumes.map(
      (it) => ({ Type: "volume", Source: it.name, Target: it.folder, ReadOnly: true }) as const,
    );
    const using = await docker.createContainer({
      Image: `hearth/function-${installation}:${image.digest}`,
      HostConfig: { Mounts },
    });
    await afterwards.release(image.digest);
    expect(await engineHas(`hearth/function-${installation}:${image.digest}`)).toBe(true);
    await using.remove({ v: true });
    await afterwards.release(image.digest);
    expect(await engineHas(`hearth/function-${installation}:${image.digest}`)).toBe(false);
    expect(await engineHas(`${image.repository}@sha256:${image.digest}`)).toBe(false);
    await expect(docker.getVolume(volumes[0]?.name ?? "").inspect()).rejects.toMatchObject({ statusCode: 404 });
    expect(await afterwards.kept()).not.toContain(image.digest);
    await afterwards.release(image.digest);
  });

  test("two installations keep one image each for itself, also when the other gives it up", async () => {
    using others = new TestDataDir();
    const later = new ManualClock(clock.now() + 2 * 3_600_000);
    const other = { ...deps, dataDir: others.path, installation: systemRandom.hex(6) };
    const name = `${host}/both-${unique}:1`;
    await pushUnique(docker, name, FUNCTION_IMAGES.first);
    const image = { accountId: OWNER_ACCOUNT, repository: name.replace(/:1$/, ""), digest: await resolved(name) };
    const second = new FunctionImages({ ...other, clock }, NEVER);
    for (const one of [own, second]) await one.ensure(image, silent, NEVER);
    await new FunctionImages({ ...other, clock: later }, NEVER).release(image.digest);
    await expect(second.bootable(image.digest)).rejects.toThrow("no longer has the image");
    const { volumes } = await own.bootable(image.digest);
    expect(volumes).toHaveLength(1);
    await docker.getVolume(volumes[0]?.name ?? "").inspect();
    await new FunctionImages({ ...deps, clock: later }, NEVER).release(image.digest);
    expect(await engineHas(`${image.repository}@sha256:${image.digest}`)).toBe(false);
  });

  test("what a killed launcher left of filling volumes is in nobody's way", async () => {
    const name = `${host}/left-${unique}:1`;
    await pushUnique(docker, name, FUNCTION_IMAGES.first);
    const image = { accountId: OWNER_ACCOUNT, repository: name.replace(/:1$/, ""), digest: await resolved(name) };
    const left = `hearth-volumes-${installation}-${image.digest}`;
    await docker.createContainer({ name: left, Image: FUNCTION_IMAGES.first });
    await own.ensure(image, silent, NEVER);
    await expect(docker.getContainer(left).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });

  test("many who want one image share one pull", async () => {
    const name = await push(`shared-${unique}:1`, FUNCTION_IMAGES.first);
    const image = { accountId: OWNER_ACCOUNT, repository: name.replace(/:1$/, ""), digest: await resolved(name) };
    const said: string[] = [];
    await Promise.all(Array.from({ length: 5 }, () => own.ensure(image, (message) => said.push(message), NEVER)));
    expect(said).toHaveLength(1);
  });

  test("an image that only the engine has is known by its id, and is used where its registry does not give it", async () => {
    const { Id } = await docker.getImage(FUNCTION_IMAGES.first).inspect();
    const found = { kind: "found", digest: Id.replace("sha256:", "") };
    expect(await own.resolve(FUNCTION_IMAGES.first, OWNER_ACCOUNT, NEVER)).toEqual(found);
    await docker.getImage(FUNCTION_IMAGES.first).tag({ repo: `${host}/never-pushed-${unique}`, tag: "1" });
    expect(await own.resolve(`${host}/never-pushed-${unique}:1`, OWNER_ACCOUNT, NEVER)).toEqual(found);
    await own.ensure(
      { accountId: OWNER_ACCOUNT, repository: "hearth/test-function", digest: found.digest },
      silent,
      NEVER,
    );
  });

  test("where repositories are named, functions are made of images from there and from nowhere else", async () => {
    const only = new FunctionImages({ ...deps, clock, grants: new ImageGrants([`${host}/team/`]) }, NEVER);
    const name = await push(`team/mine-${unique}:1`, FUNCTION_IMAGES.first);
    expect(await only.resolve(name, OWNER_ACCOUNT, NEVER)).toEqual({ kind: "found", digest: await resolved(name) });
    expect(await only.resolve(FUNCTION_IMAGES.first, OWNER_ACCOUNT, NEVER)).toMatchObject({ kind: "denied" });
    const { Id } = await docker.getImage("hearth/test-registry:2").inspect();
    const others = { accountId: OWNER_ACCOUNT, repository: `${host}/team/x`, digest: Id.replace("sha256:", "") };
    await expect(only.ensure(others, silent, NEVER)).rejects.toMatchObject({ reasonCode: "ImageDeleted" });
    await expect(only.ensure({ ...others, repository: "any" }, silent, NEVER)).rejects.toMatchObject({
      reasonCode: "ImageAccessDenied",
    });
  });

  test("an image that neither has is missing, and fails for good when it is wanted by digest", async () => {
    const repository = `${host}/none-${unique}`;
    expect(await own.resolve(`${repository}:1`, OWNER_ACCOUNT, NEVER)).toMatchObject({ kind: "missing" });
    expect(await own.resolve("127.0.0.1:9/none:1", OWNER_ACCOUNT, NEVER)).toMatchObject({ kind: "unknown" });
    await expect(
      own.ensure({ accountId: OWNER_ACCOUNT, repository, digest: "e".repeat(64) }, silent, NEVER),
    ).rejects.toMatchObject({
      reasonCode: "ImageDeleted",
    });
  });
});
