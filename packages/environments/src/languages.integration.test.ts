import type { FunctionVersion } from "@hearth/model";
import { LANGUAGES, noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import type { TestFunction } from "./testing/testVersion.ts";

// What every language does alike: one table of cases, with one function per language in packages/testkit/functions.

const IMAGES_MS = 15 * 60_000;
const ALL = LANGUAGES.flatMap((language) => language.runtimes.map((Runtime) => [Runtime, language] as const));
/** A pattern where a text may vary. */
const matching = (expected: object): object =>
  Object.fromEntries(
    Object.entries(expected).map(([name, value]: [string, unknown]) => [
      name,
      value instanceof RegExp ? (expect.stringMatching(value) as unknown) : value,
    ]),
  );

/** Written into JSON as it is spelled. */
const raw = (number: string): unknown => (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(number);

describe("every language, in containers", { ...skipReason(await noDocker()), timeout: 120_000 }, () => {
  let host: RealPools;
  beforeAll(async () => {
    host = await RealPools.start({}, "docker");
  });
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  }, 60_000);

  describe.each(ALL)("%s", (Runtime, language) => {
    let files: Readonly<Record<string, string | Uint8Array>>;
    let shared: FunctionVersion;
    const deploy = (wanted: TestFunction = {}, more: Readonly<Record<string, string>> = {}): FunctionVersion =>
      host.deploy(
        { ...files, ...more },
        { Runtime, Handler: language.Handler, Timeout: 20, MemorySize: language.MemorySize ?? 128, ...wanted },
      );
    beforeAll(async () => {
      await host.driver.images.ensureRuntime(Runtime, AbortSignal.timeout(IMAGES_MS));
      files = await language.files();
      shared = deploy({ FunctionName: `shared-${Runtime.replaceAll(".", "-")}`, Variables: { GREETING: "hä" } });
    }, IMAGES_MS);

    const call = async (event: object, requestId?: string): Promise<unknown> =>
      (await host.call(shared, event, { ...(requestId !== undefined && { requestId }) })).body;

    test("events and answers keep their types, text in any script, and exact numbers", async () => {
      const value = { text: 'ü 漢字 🎉 "\\ \u0000\u2028', list: [1, -2.5, true, null], nested: { "": [] } };
      expect(await call({ do: "echo", value })).toEqual(value);
      const { outcome } = await host.invoke(shared, { do: "echo", value: raw(language.exactNumber) });
      expect(Buffer.from(outcome.payload).toString()).toBe(language.exactNumber);
      expect(await call({ do: "nothing" })).toBeNull();
    });

    test("answers of megabytes arrive whole, and the next event does", async () => {
      expect(await call({ do: "text", size: 5_000_000 })).toHaveLength(5_000_000);
      const large = "ü".repeat(1_000_000);
      expect(await call({ do: "echo", value: large })).toBe(large);
    });

    test("the context has AWS's members", async () => {
      const clientContext = Buffer.from(JSON.stringify({ custom: { key: "wért" } })).toString("base64");
      const { body } = await host.call(shared, { do: "context" }, { requestId: "of-the-context", clientContext });
      const { FunctionName, Version, configuration } = shared;
      expect(body).toMatchObject({
        requestId: "of-the-context",
        functionName: FunctionName,
        functionVersion: Version,
        arn: configuration.FunctionArn,
        memory: configuration.MemorySize,
        logGroup: `/aws/lambda/${FunctionName}`,
        logStream: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[\$LATEST\][0-9a-f]{32}$/) as unknown,
        custom: { key: "wért" },
      });
      const { remaining } = body as { remaining: number };
      expect(remaining).toBeGreaterThan(10_000);
      expect(remaining).toBeLessThanOrEqual(20_000);
    });

    test("the environment is the function's, without anything of Hearth's", async () => {
      const body = (await call({ do: "environment" })) as { variables: Record<string, string>; folder: string };
      expect(body.folder).toBe("/var/task");
      expect(body.variables).toMatchObject({
        GREETING: "hä",
        _HANDLER: language.Handler,
        AWS_EXECUTION_ENV: `AWS_Lambda_${Runtime}`,
        AWS_LAMBDA_RUNTIME_API: "127.0.0.1:9001",
        LAMBDA_TASK_ROOT: "/var/task",
        LAMBDA_RUNTIME_DIR: "/var/runtime",
      });
      expect(Object.keys(body.variables).filter((name) => name.startsWith("HEARTH"))).toEqual([]);
      expect(await call({ do: "door" })).toBe(404);
    });

    test("an error is answered in AWS's form, and what the function keeps in memory survives it", async () => {
      expect(await call({ do: "count" })).toBe(1);
      const { outcome, body } = await host.call(shared, { do: "fail" });
      expect(outcome.kind).toBe("functionError");
      expect(body).toMatchObject(language.failure);
      expect(await call({ do: "count" })).toBe(2);
    });

    test("the end of the process is reported, and the next invocation finds a new one", async () => {
      const { status, ...expected } = language.exit;
      const version = deploy();
      expect((await host.call(version, { do: "exit", status })).body).toMatchObject(matching(expected));
      expect((await host.call(version, { do: "count" })).body).toBe(1);
    });

    test("the timeout ends an invocation", async () => {
      const { outcome } = await host.invoke(deploy({ Timeout: 2 }), { do: "wait", ms: 20_000 });
      expect(Buffer.from(outcome.payload).toString()).toContain("Task timed out after 2.00 seconds");
    });

    test.each(Object.entries(language.brokenHandlers))("the handler %s is refused", async (Handler, expected) => {
      const { outcome, body } = await host.call(deploy({ Handler }));
      expect(outcome.kind).toBe("functionError");
      expect(body).toMatchObject(matching(expected));
    });

    test("layers are in /opt, and on the language's search path", async () => {
      const layer = host.unpack({ "data/text.txt": "of a layer", ...(await language.layer.files()) });
      const version = deploy({ layerDigests: [layer] });
      expect((await host.call(version, { do: "layer" })).body).toBe("of a layer");
      expect((await host.call(version, { do: "library" })).body).toBe(language.layer.answer);
    });

    test("a wrapper changes what the function finds in its environment", async () => {
      const wrapper = '#!/bin/sh\nexport ADDED=yes GREETING="$GREETING, wrapped"\nexec "$@"\n';
      const Variables = { AWS_LAMBDA_EXEC_WRAPPER: "/var/task/wrapper", GREETING: "hello" };
      const { body } = await host.call(deploy({ Variables }, { wrapper }), { do: "environment" });
      expect(body).toMatchObject({ variables: { ADDED: "yes", GREETING: "hello, wrapped" }, folder: "/var/task" });
    });

    const logOf = async (version: FunctionVersion): Promise<readonly string[]> => {
      const before = host.logs.lines.length;
      await host.call(version, { do: "log" }, { requestId: "logged" });
      const lines = (): readonly string[] =>
        host.logs.lines.slice(before).filter((line) => !/^(START|END|REPORT|INIT_\w+) |"type":"platform\./.test(line));
      await expect.poll(() => lines().length).toBeGreaterThan(2);
      return lines();
    };

    test("log lines have the language's form, one event each", async () => {
      const lines = await logOf(deploy());
      expect(lines).toHaveLength(language.logText.length);
      for (const [at, pattern] of language.logText.entries()) expect(lines[at]).toMatch(pattern);
    });

    test("in JSON, records of the configured level are documents", async () => {
      const lines = await logOf(deploy({ LogFormat: "JSON", ApplicationLogLevel: "INFO" }));
      const documents = lines.filter((line) => line.startsWith("{")).map((line) => JSON.parse(line) as object);
      expect(documents).toMatchObject(language.logJson);
      expect(lines).toContain(language.plainLine);
    });
  });
});
