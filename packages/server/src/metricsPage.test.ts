import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { Registry } from "@hearth/kit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metricsPage, ownMetrics } from "./metricsPage.ts";
import { allMetrics } from "./testing/allMetrics.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
let folder: string;
let registry: Registry;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "hearth-metrics-"));
  registry = await allMetrics(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const read = (path: string): string => readFileSync(join(ROOT, path), "utf8");
const sources = (): string =>
  readdirSync(join(ROOT, "packages"), { recursive: true, encoding: "utf8" })
    .filter((path) => /^[^/]+\/src\/.*(?<!\.test)\.ts$/.test(path))
    .map((path) => read(`packages/${path}`))
    .join("\n");

test("docs/metrics.md matches the registry", async () => {
  await expect(metricsPage(registry)).toMatchFileSnapshot(join(ROOT, "docs/metrics.md"));
});

test("the registry of this test has every metric that the code names", () => {
  const named = new Set([...sources().matchAll(/(?:name: |^\s*|[(])"(hearth_[a-z_]+)",/gm)].map(([, name]) => name));
  const known = ownMetrics(registry).map(({ name }) => name);
  expect(named).toEqual(new Set(known));
});

test("names follow Prometheus' conventions: counters end with _total, and no unit but seconds and bytes is used", () => {
  for (const { name, type } of ownMetrics(registry)) {
    expect(name.endsWith("_total"), name).toBe(type === "counter");
    expect(name).not.toMatch(/_(ms|milliseconds|minutes|mb|kb|percent)(_|$)/);
    if (type === "histogram") expect(name).toMatch(/_(seconds|bytes)$/);
  }
});
