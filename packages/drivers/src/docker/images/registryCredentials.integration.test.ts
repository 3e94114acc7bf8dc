import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { OWNER_ACCOUNT } from "@hearth/model";
import { FUNCTION_IMAGES, makeImages, noDocker, pushUnique, skipReason, TestRegistry } from "@hearth/testkit";
import Docker from "dockerode";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { testImages } from "../../testing/testDocker.ts";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { FunctionImages } from "./functionImages.ts";
import { ImageGrants, type ImageRight } from "./imageGrants.ts";

const NEVER = new AbortController().signal;
const MINUTES_MS = 10 * 60_000;
const WITH_USERS = [
  "REGISTRY_AUTH=htpasswd",
  "REGISTRY_AUTH_HTPASSWD_REALM=tests",
  "REGISTRY_AUTH_HTPASSWD_PATH=/etc/docker/registry/users",
];
const USER = { username: "tester", password: "secret of tests" };

describe("a registry that wants to know who asks", { timeout: 60_000, ...skipReason(await noDocker()) }, () => {
  const docker = new Docker();
  const { images } = testImages(docker);
  const data = new TestDataDir();
  const clock = new SystemClock();
  const repositories: string[] = [];
  const deps = {
    docker,
    installation: systemRandom.hex(6),
    images,
    dataDir: data.path,
    grants: {
      of: (...asked: Parameters<ImageGrants["of"]>): ImageRight => new ImageGrants(repositories).of(...asked),
    },
    pullTimeoutMs: 30_000,
    clock,
    random: systemRandom,
    logger: silentLogger,
  };
  const own = new FunctionImages(deps, NEVER);
  let registry: TestRegistry;
  let name: string;
  let repository: string;

  beforeAll(async () => {
    await makeImages("function", "registry");
    registry = await TestRegistry.start(docker, WITH_USERS);
    repositories.push(registry.host);
    repository = `${registry.host}/private-${systemRandom.hex(4)}`;
    name = `${repository}:1`;
    await pushUnique(docker, name, FUNCTION_IMAGES.first, USER);
  }, MINUTES_MS);
  afterAll(async () => {
    await registry?.[Symbol.asyncDispose]();
    data[Symbol.dispose]();
  }, 60_000);

  /** What `docker login` would leave. */
  async function loggedIn(config: (folder: string) => object | Promise<object>): Promise<void> {
    const folder = await mkdtemp(join(tmpdir(), "hearth-login-"));
    await writeFile(join(folder, "config.json"), JSON.stringify(await config(folder)));
    vi.stubEnv("DOCKER_CONFIG", folder);
    onTestFinished(async () => {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true, force: true });
    });
  }

  test("denies whoever has not logged in, or is somebody else", async () => {
    await loggedIn(() => ({}));
    expect(await own.resolve(name, OWNER_ACCOUNT, NEVER)).toMatchObject({ kind: "denied" });
    await loggedIn(() => ({ auths: { [registry.host]: { auth: Buffer.from("tester:wrong").toString("base64") } } }));
    expect(await own.resolve(name, OWNER_ACCOUNT, NEVER)).toMatchObject({ kind: "denied" });
    const image = { accountId: OWNER_ACCOUNT, repository, digest: "f".repeat(64) };
    await expect(own.ensure(image, () => undefined, NEVER)).rejects.toMatchObject({ reasonCode: "ImageAccessDenied" });
  });

  test("gives what it has to the user of the configuration file", async () => {
    const auth = Buffer.from(`${USER.username}:${USER.password}`).toString("base64");
    await loggedIn(() => ({ auths: { [registry.host]: { auth } } }));
    const found = await own.resolve(name, OWNER_ACCOUNT, NEVER);
    if (found.kind !== "found") throw new Error(found.reason);
    expect(
      await own.ensure({ accountId: OWNER_ACCOUNT, repository, digest: found.digest }, () => undefined, NEVER),
    ).toMatchObject({
      entryPoint: ["/main"],
    });
    const later = new ManualClock(clock.now() + 2 * 3_600_000);
    await new FunctionImages({ ...deps, clock: later }, NEVER).release(found.digest);
  });

  test("gives what it has to the user that a credential helper names", async () => {
    await loggedIn(async (folder) => {
      const said = JSON.stringify({ ServerURL: registry.host, Username: USER.username, Secret: USER.password });
      const script = `#!/bin/sh\nread server\n[ "$1 $server" = "get ${registry.host}" ] && echo '${said}'\n`;
      await writeFile(join(folder, "docker-credential-of-test"), script, { mode: 0o755 });
      vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
      return { credHelpers: { [registry.host]: "of-test" } };
    });
    expect(await own.resolve(name, OWNER_ACCOUNT, NEVER)).toMatchObject({ kind: "found" });
  });

  test("is asked with a login only for accounts that it is named for", async () => {
    const auth = Buffer.from(`${USER.username}:${USER.password}`).toString("base64");
    await loggedIn(() => ({ auths: { [registry.host]: { auth } } }));
    const named = new FunctionImages({ ...deps, grants: new ImageGrants([`111111111111=${registry.host}`]) }, NEVER);
    expect(await named.resolve(name, "111111111111", NEVER)).toMatchObject({ kind: "found" });
    expect(await named.resolve(name, "222222222222", NEVER)).toMatchObject({ kind: "denied" });
  });
});
