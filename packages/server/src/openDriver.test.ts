import { launcherVersion } from "@hearth/drivers";
import { expect, test } from "vitest";
import { refusalOf } from "./openDriver.ts";

const version = launcherVersion();
const listening = (host: string) => ({ HEARTH_LISTEN: { host, port: 4566 } });

test("a launcher of another version is refused, and so is one that does not say its version", () => {
  expect(refusalOf({ version, name: "docker" }, listening("127.0.0.1"))).toBeUndefined();
  expect(refusalOf({ version: `${version}-other`, name: "docker" }, listening("127.0.0.1"))).toContain(
    `${version}-other`,
  );
  expect(refusalOf({ version: undefined, name: "docker" }, listening("127.0.0.1"))).toContain("before 0.1");
});

test("functions do not run without isolation for callers beyond this machine", () => {
  expect(refusalOf({ version, name: "process" }, listening("127.0.0.1"))).toBeUndefined();
  expect(refusalOf({ version, name: "docker" }, listening("0.0.0.0"))).toBeUndefined();
  expect(refusalOf({ version, name: "process" }, listening("0.0.0.0"))).toContain("without isolation");
});
