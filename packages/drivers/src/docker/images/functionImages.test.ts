import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type Docker from "dockerode";
import { describe, expect, onTestFinished, test } from "vitest";
import { TestDataDir } from "../../testing/testLauncher.ts";
import { PullTooLarge } from "./engineImages.ts";
import { FunctionImages } from "./functionImages.ts";
import { ImageGrants } from "./imageGrants.ts";

const NEVER = new AbortController().signal;
const UNREACHABLE = "dial tcp 10.0.0.1:5000: connection refused";
const GIB = 1024 ** 3;
const digest = "a".repeat(64);
const OWNER = "000000000000";
const TENANT = "222222222222";
const image = { accountId: OWNER, repository: "registry.test/app", digest };
const pulledName = `registry.test/app@sha256:${digest}`;

interface Wanted {
  readonly Size?: number;
  readonly volumes?: number;
  readonly repositories?: readonly string[];
  /** Name of an image that the engine has already. */
  readonly has?: string;
  readonly pullFails?: Error;
  /** What its registry says. */
  readonly says?: string;
  /** Its registry gives the image to everyone. */
  readonly gives?: boolean;
}

/** An engine that writes down what it is told to do; it has the image once it has been pulled. */
function over({ Size = 1, volumes = 0, repositories = [], has, pullFails, says = UNREACHABLE, gives = false }: Wanted) {
  const data = new TestDataDir();
  onTestFinished(() => data[Symbol.dispose]());
  const did: string[] = [];
  const present = new Set([has]);
  const Volumes = Object.fromEntries(Array.from({ length: volumes }, (_, i) => [`/v${i}`, {}]));
  const missing = Object.assign(new Error("no such image"), { statusCode: 404 });
  const docker = {
    getImage: (name: string) => ({
      inspect: () =>
        present.has(name)
          ? Promise.resolve({ Id: `sha256:${digest}`, Size, Config: { Volumes }, RepoTags: [], RepoDigests: [] })
          : Promise.reject(missing),
      tag: ({ repo, tag }: { repo: string; tag: string }) => {
        present.add(`${repo}:${tag}`);
        return Promise.resolve(did.push("tag"));
      },
      remove: () => Promise.resolve(did.push(`remove ${name}`)),
      distribution: () => {
        did.push("asked");
        return gives
          ? Promise.resolve({ Descriptor: { digest: `sha256:${digest}` } })
          : Promise.reject(new Error(says));
      },
    }),
    getContainer: () => ({ remove: () => Promise.reject(missing) }),
    createContainer: () => Promise.resolve(did.push("container")),
  } as unknown as Docker;
  const images = {
    pull: () => {
      did.push("pull");
      present.add(pulledName);
      return pullFails ? Promise.reject(pullFails) : Promise.resolve();
    },
  };
  const grants = new ImageGrants(repositories);
  const deps = { docker, images, dataDir: data.path, installation: "0123456789ab", grants, pullTimeoutMs: 1000 };
  const own = { clock: new SystemClock(), random: systemRandom, logger: silentLogger };
  return { did, images: new FunctionImages({ ...deps, ...own }, NEVER) };
}

test.each([
  ["larger than AWS's limit", { Size: 10 * GIB + 1 }],
  ["with more volumes than can be mounted", { volumes: 17 }],
])("an image %s is given back before anything is made of it", async (_, wanted) => {
  const { images, did } = over(wanted);
  await expect(images.ensure(image, () => undefined, NEVER)).rejects.toMatchObject({ reasonCode: "InvalidImage" });
  expect(did).toEqual(["pull", `remove ${pulledName}`]);
});

test("an image at the limits is taken", async () => {
  const { images, did } = over({ Size: 10 * GIB, volumes: 16 });
  expect(await images.ensure(image, () => undefined, NEVER)).toMatchObject({ entryPoint: [] });
  expect(did).toEqual(["pull", "tag", "container"]);
});

test("a pull that is given up for its size fails the function for good", async () => {
  const { images } = over({ pullFails: new PullTooLarge("it takes more than 10 bytes") });
  await expect(images.ensure(image, () => undefined, NEVER)).rejects.toMatchObject({ reasonCode: "InvalidImage" });
});

test("whoever has gone before a registry is asked, asks none", async () => {
  const { images, did } = over({});
  const gone = AbortSignal.abort(new Error("gone"));
  await expect(images.resolve("registry.test/app:1", OWNER, gone)).rejects.toThrow("gone");
  expect(did).toEqual([]);
});

test("an image that was asked for lately is not given up", async () => {
  const { images, did } = over({ has: pulledName });
  await images.ensure(image, () => undefined, NEVER);
  await images.release(digest);
  expect(did).toEqual(["tag"]);
});

test.each([
  ["registry.test/team", "registry.test/team/app", true],
  ["registry.test/team/", "registry.test/team/app", true],
  ["registry.test/team", "registry.test/team", true],
  ["registry.test/team", "registry.test/teams/app", false],
  ["registry.test", "registry.test.evil.test/app", false],
])("where only %s may be used, %s may: %s", async (own, repository, may) => {
  const { images } = over({ repositories: [own], pullFails: new Error("manifest unknown") });
  const reasonCode = may ? "ImageDeleted" : "ImageAccessDenied";
  await expect(images.ensure({ accountId: OWNER, repository, digest }, () => undefined, NEVER)).rejects.toMatchObject({
    reasonCode,
  });
});

test.each(["127.0.0.1:5000/app", "localhost/app", "10.0.0.1:9200/app", "2130706433:80/app"])(
  "a registry at a private address is not asked for %s unless it is named, and the engine's own image is used",
  async (repository) => {
    const none = over({});
    expect(await none.images.resolve(`${repository}:1`, OWNER, NEVER)).toMatchObject({ kind: "unsupported" });
    const wanted = none.images.ensure({ accountId: OWNER, repository, digest }, () => undefined, NEVER);
    await expect(wanted).rejects.toMatchObject({ reasonCode: "ImageAccessDenied" });
    expect(none.did).toEqual([]);
    const own = over({ has: `${repository}:1` });
    expect(await own.images.resolve(`${repository}:1`, OWNER, NEVER)).toEqual({ kind: "found", digest });
    expect(own.did).toEqual(["tag"]);
    const named = over({ repositories: [repository] });
    expect(await named.images.resolve(`${repository}:1`, OWNER, NEVER)).toMatchObject({ kind: "unknown" });
    expect(named.did).toEqual(["asked"]);
  },
);

test.each([
  ["registry.test/app:1", "missing", "manifest unknown: manifest unknown"],
  ["registry.test/app:1", "missing", "name unknown: repository name not known to registry"],
  ["acme/x:1", "missing", "docker.io/acme/x:1: not found"],
  [
    "acme/x:1",
    "missing",
    "errors:\ndenied: requested access to the resource is denied\nunauthorized: authentication required\n",
  ],
  ["docker.io/acme/x:1", "missing", "denied: requested access to the resource is denied"],
  ["registry.test/app:1", "denied", "unauthorized: authentication required"],
  ["registry.test/app:1", "unknown", UNREACHABLE],
  ["registry.test/app:1", "unknown", "Get https://none.invalid/v2/: dial tcp: lookup none.invalid: no such host"],
  ["registry.test/app:1", "unknown", "received unexpected HTTP status: 503 Service Unavailable"],
  ["registry.test/app:1", "unknown", "x509: certificate signed by unknown authority"],
])("%s is %s where its registry says %j, which is not passed on", async (name, kind, says) => {
  const found = await over({ says }).images.resolve(name, OWNER, NEVER);
  expect(found).toEqual({ kind, reason: expect.stringMatching(/^its registry d[a-z]+ /) });
  expect(JSON.stringify(found)).not.toContain(says);
});

test("what the engine says of a pull is not passed on", async () => {
  const { images } = over({ pullFails: new Error(UNREACHABLE) });
  const pulled = images.ensure(image, () => undefined, NEVER);
  await expect(pulled).rejects.toThrow(`The image ${pulledName} cannot be pulled at the moment.`);
});

test("an image of Docker Hub is the engine's where it has it, also when its name says docker.io", async () => {
  const { images, did } = over({ has: "docker.io/acme/x:1" });
  expect(await images.resolve("docker.io/acme/x:1", OWNER, NEVER)).toEqual({ kind: "found", digest });
  expect(did).toEqual(["tag"]);
});

const KEPT = `hearth/function-0123456789ab:${digest}`;

describe("an account other than the owner's", () => {
  test.each([
    ["only the engine has, by name", "acme/x:1", "acme/x:1"],
    ["only the engine has, by name and host", "registry.test/app:1", "registry.test/app:1"],
    ["is kept for a function of the owner", KEPT, `registry.test/app@sha256:${digest}`],
    ["the engine knows by its id", `sha256:${digest}`, `registry.test/app@sha256:${digest}`],
  ])("cannot have an image that %s", async (_, has, asked) => {
    const { images, did } = over({ has, says: "manifest unknown" });
    expect(await images.resolve(asked, TENANT, NEVER)).toMatchObject({ kind: "missing" });
    expect(did).toEqual(["asked"]);
    const mine = images.ensure({ ...image, accountId: TENANT }, () => undefined, NEVER);
    await mine;
    expect(did.filter((it) => it === "pull")).toEqual(["pull"]);
  });

  test("gets what a registry gives to everyone, pulled under its own name", async () => {
    const { images, did } = over({ has: KEPT, gives: true });
    expect(await images.resolve("registry.test/app:1", TENANT, NEVER)).toEqual({ kind: "found", digest });
    await images.ensure({ ...image, accountId: TENANT }, () => undefined, NEVER);
    expect(did).toEqual(["asked", "pull", "tag", "tag"]);
    await images.ensure({ ...image, accountId: TENANT }, () => undefined, NEVER);
    expect(did.filter((it) => it === "pull")).toHaveLength(1);
  });

  test("does not share a pull of the owner's", async () => {
    const { images, did } = over({});
    const both = [image, { ...image, accountId: TENANT }].map((it) => images.ensure(it, () => undefined, NEVER));
    await Promise.all(both);
    expect(did.filter((it) => it === "pull")).toHaveLength(2);
  });

  test.each(["localhost/app", "10.0.0.1:5000/app", "registry:5000/app", "127.1/app"])(
    "cannot have a registry of the private network asked: %s",
    async (repository) => {
      const { images, did } = over({ has: `${repository}:1`, gives: true });
      expect(await images.resolve(`${repository}:1`, TENANT, NEVER)).toMatchObject({ kind: "denied" });
      const wanted = images.ensure({ accountId: TENANT, repository, digest }, () => undefined, NEVER);
      await expect(wanted).rejects.toMatchObject({ reasonCode: "ImageAccessDenied" });
      expect(did).toEqual([]);
    },
  );

  test("uses what is named for it as the owner does, and no other image of the owner under that name", async () => {
    const repositories = [`${TENANT}=registry.test/app`];
    const own = over({ repositories, has: "registry.test/app:1" });
    expect(await own.images.resolve("registry.test/app:1", TENANT, NEVER)).toEqual({ kind: "found", digest });
    await own.images.ensure({ ...image, accountId: TENANT }, () => undefined, NEVER);
    expect(own.did).not.toContain("pull");
    const others = over({ repositories, has: KEPT, says: "manifest unknown" });
    expect(await others.images.resolve(pulledName, TENANT, NEVER)).toMatchObject({ kind: "missing" });
  });
});
