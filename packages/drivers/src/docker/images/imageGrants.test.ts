import { expect, test } from "vitest";
import { ImageGrants } from "./imageGrants.ts";

const OWNER = "000000000000";
const A = "111111111111";
const B = "222222222222";

test.each([
  [[], OWNER, "acme/x", undefined, "any"],
  [[], OWNER, "10.0.0.1:5000/x", "10.0.0.1:5000", "any"],
  [[], A, "acme/x", undefined, "public"],
  [[], A, "registry.test/x", "registry.test", "public"],
  [[], A, "10.0.0.1:5000/x", "10.0.0.1:5000", "none"],
  [[], A, "registry:5000/x", "registry:5000", "none"],
  [["registry.test/f"], OWNER, "registry.test/f/x", "registry.test", "named"],
  [["registry.test/f"], OWNER, "acme/x", undefined, "none"],
  [["registry.test/f"], A, "registry.test/f/x", "registry.test", "named"],
  [["registry.test/f"], A, "acme/x", undefined, "none"],
  [[`${A}=10.0.0.1/a`], A, "10.0.0.1/a/x", "10.0.0.1", "named"],
  [[`${A}=10.0.0.1/a`], A, "10.0.0.1/ab", "10.0.0.1", "none"],
  [[`${A}=10.0.0.1/a`], A, "acme/x", undefined, "public"],
  [[`${A}=10.0.0.1/a`], B, "10.0.0.1/a/x", "10.0.0.1", "none"],
  [[`${A}=10.0.0.1/a`], OWNER, "10.0.0.1/a/x", "10.0.0.1", "any"],
  [["registry.test/f", `${A}=acme`], A, "acme/x", undefined, "named"],
  [["registry.test/f", `${A}=acme`], B, "acme/x", undefined, "none"],
] as const)("with %j account %s may use %s (of %s): %s", (entries, accountId, repository, host, right) => {
  expect(new ImageGrants(entries).of(accountId, repository, host)).toBe(right);
});
