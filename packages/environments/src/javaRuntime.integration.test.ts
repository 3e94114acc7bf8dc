import type { FunctionVersion } from "@hearth/model";
import { javaFunction, noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import type { TestFunction } from "./testing/testVersion.ts";

// What is Java's own; what all languages have in common is in languages.integration.test.ts.

const IMAGES_MS = 20 * 60_000;
const LABELS = [
  ["java8.al2", "1.8"],
  ["java11", "11"],
  ["java17", "17"],
  ["java21", "21"],
  ["java25", "25"],
] as const;
const JAVA = { Runtime: "java21", Handler: "example.Functions", Timeout: 20, MemorySize: 256 };
const ORDER = { items: [{ name: "a", price: 1.5 }, { name: "b", price: 2 }, { unknown: true }] };
const QUEUE = { Records: [{ body: "x", messageAttributes: { a: { stringValue: "y", dataType: "String" } } }] };
const BUCKET = { Records: [{ eventTime: "2026-01-02T03:04:05.678Z", s3: { object: { key: "a+b%C3%BC" } } }] };

describe("Java functions", { ...skipReason(await noDocker()), timeout: 60_000 }, () => {
  let host: RealPools;
  let files: Readonly<Record<string, Uint8Array>>;
  beforeAll(async () => {
    host = await RealPools.start({}, "docker");
    files = await javaFunction();
    for (const [label] of LABELS) await host.driver.images.ensureRuntime(label, AbortSignal.timeout(IMAGES_MS));
  }, IMAGES_MS);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  }, 60_000);

  const deploy = (wanted: TestFunction = {}): FunctionVersion => host.deploy(files, { ...JAVA, ...wanted });
  const answer = async (wanted: TestFunction, event: unknown): Promise<unknown> =>
    (await host.call(deploy(wanted), event)).body;

  test.each(LABELS)("%s runs on Java %s, with text, errors and the heap of its memory", async (Runtime, java) => {
    const version = deploy({ Runtime });
    const { outcome, body } = await host.call(version, { do: "machine" });
    expect(outcome.kind).toBe("success");
    const { version: running, heapMb, options } = body as { version: string; heapMb: number; options: string[] };
    expect(running).toBe(java);
    expect(heapMb).toBeGreaterThan(150);
    expect(heapMb).toBeLessThanOrEqual(192);
    expect(options).toContain("-XX:+UseSerialGC");
    expect(body).toMatchObject({
      failedLookupsS: "1",
      disabledInTls: expect.stringMatching(/^SSLv3, RC4, /) as unknown,
    });
    expect((await host.call(version, { do: "echo", value: "ü 漢字 🎉" })).body).toBe("ü 漢字 🎉");
    // Text in pictures, as PDF and spreadsheet libraries measure it.
    expect((await host.call(version, { do: "draw" })).body).toBeGreaterThan(10);
    const { body: failure } = await host.call(version, { do: "fail" });
    expect((failure as { stackTrace: string[] }).stackTrace.filter((frame) => !frame.startsWith("example."))).toEqual(
      [],
    );
    expect(failure).toMatchObject({
      errorMessage: "as asked: ü",
      errorType: "java.lang.IllegalStateException",
      stackTrace: expect.arrayContaining([
        expect.stringMatching(/^example\.Functions\.act\(Functions\.java:\d+\)$/),
      ]) as unknown,
    });
  });

  const forms: Record<string, readonly [event: unknown, answer: unknown]> = {
    "example.Forms::dearest": [ORDER, { name: "b", price: 2 }],
    "example.Forms::alone": [41, 42],
    "example.Forms::generic": [{ a: [1, 2] }, { a: [2, 4] }],
    "example.Forms$Stream": [{ text: "ü" }, { text: "ü" }],
    "example.Forms$Stream::handleRequest": [[1], [1]],
    "example.Forms::stream": [{ n: 1.0 }, { n: 1 }],
    "example.Forms::queue": [QUEUE, ["xy"]],
    "example.Forms::bucket": [BUCKET, "a bü 2026"],
  };
  test.each(Object.entries(forms))("the handler %s answers", async (Handler, [event, expected]) => {
    expect(await answer({ Handler }, event)).toEqual(expected);
  });

  test("an event of another type is an error of the function, which goes on", async () => {
    const version = deploy({ Handler: "example.Forms::alone" });
    const { outcome, body } = await host.call(version, { no: "number" });
    expect(outcome.kind).toBe("functionError");
    expect(body).toMatchObject({
      errorMessage: expect.stringMatching(/^An error occurred during JSON parsing$/) as unknown,
      errorType: "java.lang.RuntimeException",
    });
    expect((await host.call(version, 1)).body).toBe(2);
  });

  test("a jar that is none is not looked at, and the class is missing", async () => {
    const version = host.deploy({ "lib/broken.jar": "no archive" }, JAVA);
    expect((await host.call(version)).body).toMatchObject({
      errorMessage: "Class not found: example.Functions",
      errorType: "java.lang.ClassNotFoundException",
    });
  });

  test("classes that this Java cannot load, and handlers of no form, are errors of their own kind", async () => {
    // The head of a class file of a Java that is to come.
    const later = Buffer.from("cafebabe000003e7", "hex");
    const version = host.deploy({ "example/Later.class": later }, { ...JAVA, Handler: "example.Later" });
    const { body } = await host.call(version);
    expect(body).toMatchObject({ errorType: "java.lang.UnsupportedClassVersionError" });
    for (const Handler of ["example.Functions::", "::run"]) {
      expect([Handler, await answer({ Handler }, {})]).toEqual([
        Handler,
        expect.objectContaining({ errorMessage: `Invalid handler: \`${Handler}'` }),
      ]);
    }
  });

  const SNAP_START = { Handler: "example.Hooks", Version: "1", SnapStart: "PublishedVersions" } as const;
  test.each(["java11", "java25"])(
    "%s calls SnapStart's hooks of org.crac, once in each environment",
    async (Runtime) => {
      const version = deploy({ ...SNAP_START, Runtime });
      const called = ["snap-start", "before b", "before a", "after a", "after b"];
      expect((await host.call(version)).body).toEqual(called);
      expect((await host.call(version)).body).toEqual(called);
      expect(await answer({ ...SNAP_START, Runtime, Version: "$LATEST" }, {})).toEqual(["on-demand"]);
    },
  );

  test("hooks of SnapStart that fail have AWS's types of errors", async () => {
    const kinds = [
      ["before a", "Runtime.BeforeCheckpointError", "com.amazonaws.services.lambda.crac.CheckpointException"],
      ["after b", "Runtime.AfterRestoreError", "com.amazonaws.services.lambda.crac.RestoreException"],
    ] as const;
    for (const [FAIL, type, errorType] of kinds) {
      const { outcome, body } = await host.call(deploy({ ...SNAP_START, Variables: { FAIL } }));
      expect([FAIL, outcome]).toEqual([FAIL, expect.objectContaining({ kind: "functionError", errorType: type })]);
      expect(body).toMatchObject({ errorType });
    }
  });

  test("JAVA_TOOL_OPTIONS win over the runtime's own", async () => {
    const Variables = { JAVA_TOOL_OPTIONS: "-Xmx100m -XX:+UseParallelGC -XX:TieredStopAtLevel=4 -Dfile.own=yes" };
    const body = (await answer({ Variables }, { do: "machine" })) as { heapMb: number; options: string[] };
    expect(body.heapMb).toBeLessThanOrEqual(100);
    expect(body.options).toContain("-Dfile.own=yes");
    expect(body.options.filter((option) => /Serial|TieredStopAtLevel=1|Xmx1[^0]/.test(option))).toEqual([]);
    expect(host.logs.text).toContain("Picked up JAVA_TOOL_OPTIONS: -Xmx100m");
  });

  test("the function chooses for how long a look-up that failed is remembered", async () => {
    const Variables = { AWS_LAMBDA_JAVA_NETWORKADDRESS_CACHE_NEGATIVE_TTL: "7" };
    expect(await answer({ Variables }, { do: "machine" })).toMatchObject({ failedLookupsS: "7" });
  });

  test("a wrapper may name another handler", async () => {
    const wrapper = '#!/bin/sh\nexport _HANDLER=example.Forms::alone\nexec "$@"\n';
    const version = host.deploy(
      { ...files, wrapper },
      { ...JAVA, Variables: { AWS_LAMBDA_EXEC_WRAPPER: "/var/task/wrapper" } },
    );
    expect((await host.call(version, 1)).body).toBe(2);
  });

  test("a function of 128 MB runs", async () => {
    expect(await answer({ MemorySize: 128 }, { do: "echo", value: 1 })).toBe(1);
  });
});
