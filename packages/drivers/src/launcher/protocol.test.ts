import { expect, test } from "vitest";
import { hostFileSystem } from "../fileSystems.ts";
import { Request } from "./protocol.ts";

const ARN = "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0";
const boot = (fileSystem: object): unknown => ({
  op: "boot",
  id: 1,
  args: ["0123456789abcdef", { runtime: "nodejs22.x", network: "none", tmpSizeMb: 512, fileSystem }],
});

test("a file system is named by its access point and a plain name", () => {
  expect(Request.safeParse(boot({ accessPoint: ARN, mountName: "data" })).success).toBe(true);
});

test.each([
  { accessPoint: ARN, mountName: "../etc" },
  { accessPoint: ARN, mountName: ".." },
  { accessPoint: ARN, mountName: "a/b" },
  { accessPoint: ARN, mountName: "" },
  { accessPoint: "/etc", mountName: "data" },
  { accessPoint: ARN, mountName: "data", folder: "/etc" },
])("%j is refused", (fileSystem) => {
  expect(Request.safeParse(boot(fileSystem)).success).toBe(false);
});

test("an access point that the launcher does not know starts no sandbox", () => {
  const key = { accessPoint: ARN, mountName: "data" };
  expect(() => hostFileSystem(key, new Map())).toThrow("is not configured on this host");
  expect(() => hostFileSystem(key, undefined)).toThrow("is not configured on this host");
  expect(hostFileSystem(undefined, undefined)).toBeUndefined();
});

const DIGEST = "a".repeat(64);
const ACCOUNT = "000000000000";
const resolveImage = (reference: string, accountId = ACCOUNT): unknown => ({
  op: "resolveImage",
  id: 1,
  args: [reference, accountId],
});
const ensureImage = (repository: string, digest = DIGEST, accountId = ACCOUNT): unknown => ({
  op: "ensureImage",
  id: 1,
  args: [{ accountId, repository, digest }],
});

test("an image is looked up by a name that parses, and pulled by a repository and a digest", () => {
  expect(Request.safeParse(resolveImage("registry.local:5000/team/app:v1")).success).toBe(true);
  expect(Request.safeParse(resolveImage(`app@sha256:${DIGEST}`)).success).toBe(true);
  expect(Request.safeParse(ensureImage("registry.local:5000/team/app")).success).toBe(true);
});

test.each([
  resolveImage("../../etc/passwd"),
  resolveImage("app?all=1"),
  resolveImage("app/json#x"),
  resolveImage("-flag"),
  resolveImage(`app@sha512:${DIGEST}`),
  resolveImage(`${"a/".repeat(300)}b`),
  ensureImage("app:v1"),
  ensureImage(`app@sha256:${DIGEST}`),
  ensureImage("app", "latest"),
  resolveImage("app:v1", "mine"),
  ensureImage("app", DIGEST, "000000000000x"),
  { op: "releaseImage", id: 1, args: ["../x"] },
  {
    op: "boot",
    id: 1,
    args: ["0123456789abcdef", { runtime: "image", image: "app:v1", network: "none", tmpSizeMb: 512 }],
  },
  { op: "freeze", id: 1, args: [] },
  { op: "freeze", id: 1, args: ["0123456789abcdef", "more"] },
  { op: "freeze", id: 1, args: ["0123456789abcdef"], flag: true },
  { op: "constructor", id: 1, args: [] },
  { op: "on", id: 1, args: [] },
])("%j is refused", (request) => {
  expect(Request.safeParse(request).success).toBe(false);
});
