import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { HostsFile } from "./hostsFile.ts";

test("names of the hosts file are found, and a changed file is read again", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hosts-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "hosts");
  const hosts = new HostsFile(path);
  expect(await hosts.find("one")).toEqual([]);
  writeFileSync(path, "# comment\n10.0.0.1 one One.example # one\n\n::1 one\nnonsense two\n");
  expect(await hosts.find("ONE")).toEqual(["10.0.0.1", "::1"]);
  expect(await hosts.find("one.example")).toEqual(["10.0.0.1"]);
  expect(await hosts.find("two")).toEqual([]);
  writeFileSync(path, "10.0.0.2 two\n");
  expect(await hosts.find("two")).toEqual(["10.0.0.2"]);
});
