import { tmpdir } from "node:os";
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { observeDisks, observeMemory } from "./hostMetrics.ts";

test("free space and size are measured for each disk, and a folder that is not there has none", async () => {
  const registry = new Registry();
  observeDisks(registry, { data: tmpdir(), docker: "/no/such/folder" });
  const text = await registry.metrics();
  const value = (name: string): number => Number(new RegExp(`^${name}\\{disk="data"\\} (\\S+)$`, "m").exec(text)?.[1]);
  expect(value("hearth_disk_size_bytes")).toBeGreaterThan(0);
  expect(value("hearth_disk_free_bytes")).toBeLessThanOrEqual(value("hearth_disk_size_bytes"));
  expect(text).not.toContain('disk="docker"');
});

test("the host's memory: what is available is at most what there is", async () => {
  const registry = new Registry();
  observeMemory(registry);
  const text = await registry.metrics();
  const value = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  expect(value("hearth_host_memory_available_bytes")).toBeGreaterThan(0);
  expect(value("hearth_host_memory_available_bytes")).toBeLessThanOrEqual(value("hearth_host_memory_size_bytes"));
});
