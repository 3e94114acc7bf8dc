import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, silentLogger } from "@hearth/kit";
import type { ImageResolution } from "@hearth/model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { awsImageName, awsPreviewName } from "./awsImageName.ts";
import { AwsRuntimes, type AwsRuntimesDeps } from "./awsRuntimes.ts";

const PREFIX = "public.ecr.aws/lambda";

test.for([
  ["nodejs26.x", "nodejs:26", "nodejs:26-preview"],
  ["nodejs24.x", "nodejs:24", undefined],
  ["python3.15", "python:3.15", "python:3.15-preview"],
  ["python3.9", "python:3.9", undefined],
  ["ruby3.4", "ruby:3.4", undefined],
  ["ruby4.0", "ruby:4.0", undefined],
  ["java25", "java:25", undefined],
  ["java17.al2023", "java:17.al2023", undefined],
  ["java8.al2023", "java:8.al2023", undefined],
  ["java8.al2", "java:8.al2", undefined],
  ["dotnet10", "dotnet:10", undefined],
  ["provided.al2023", "provided:al2023", undefined],
  ["provided.al2", "provided:al2", undefined],
  ["provided", undefined, undefined],
  ["go1.x", undefined, undefined],
] as const)("AWS's image of %s", ([runtime, image, preview]) => {
  const below = (name: string | undefined): string | undefined => name && `${PREFIX}/${name}`;
  expect([awsImageName(runtime), awsPreviewName(runtime)]).toEqual([below(image), below(preview)]);
});

describe("previews", () => {
  const digest = (of: string): string => of.repeat(64);
  let folder: string;
  let asked: string[];
  let registry: Record<string, ImageResolution>;
  let runtimes: AwsRuntimes;
  const clock = new ManualClock();
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hearth-aws-"));
    asked = [];
    registry = {};
    const images = {
      resolve: async (image: string): Promise<ImageResolution> => {
        asked.push(image.replace(`${PREFIX}/`, ""));
        return registry[asked.at(-1) ?? ""] ?? { kind: "missing", reason: "its registry does not have it" };
      },
      ensure: async () => undefined,
    } as unknown as AwsRuntimesDeps["images"];
    runtimes = new AwsRuntimes({ images, prefix: PREFIX, folder, clock, logger: silentLogger });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const ensure = (runtime: string): Promise<string> =>
    runtimes.ensure(runtime, undefined, () => undefined, AbortSignal.timeout(30_000));

  test("a preview is taken until its runtime is published under its own name", async () => {
    registry = { "nodejs:26-preview": { kind: "found", digest: digest("a") } };
    expect(await ensure("nodejs26.x")).toBe(digest("a"));
    expect(asked).toEqual(["nodejs:26", "nodejs:26-preview"]);
    registry["nodejs:26"] = { kind: "found", digest: digest("b") };
    await clock.advance(2 * 3_600_000);
    expect(await ensure("nodejs26.x")).toBe(digest("b"));
    expect(asked.slice(2)).toEqual(["nodejs:26"]);
  });

  test("a registry that does not answer, or has neither, is reported with the runtime's own name", async () => {
    await expect(ensure("python3.15")).rejects.toThrow(`${PREFIX}/python:3.15, which cannot be had: its registry`);
    registry = { "python:3.15": { kind: "unknown", reason: "no answer" } };
    await expect(ensure("python3.15")).rejects.toThrow("no answer");
    expect(asked).toEqual(["python:3.15", "python:3.15-preview", "python:3.15"]);
    await expect(ensure("python3.14")).rejects.toThrow("its registry does not have it");
    expect(asked.slice(3)).toEqual(["python:3.14"]);
  });
});
