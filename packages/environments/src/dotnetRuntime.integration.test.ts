import type { FunctionVersion } from "@hearth/model";
import { type DotnetFunction, dotnetFunction, noDocker, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PYTHON_EXTENSION } from "./testing/extensionPrograms.ts";
import { RealPools } from "./testing/realPools.ts";
import { streamed } from "./testing/streamed.ts";
import type { TestEvent, TestFunction } from "./testing/testVersion.ts";

// What is .NET's own; what all languages have in common is in languages.integration.test.ts.

const IMAGES_MS = 20 * 60_000;
const DOTNET = { Runtime: "dotnet8", Timeout: 20, MemorySize: 256 };
const ORDER = {
  id: "ü",
  ITEMS: [
    { name: "a", price: 1.5 },
    { name: "b", price: 0.1 },
  ],
  At: "2026-01-02T03:04:05Z",
};
const FRAMEWORK = { name: "Microsoft.NETCore.App", version: "8.0.0" };
const settings = (more: object): string =>
  JSON.stringify({ runtimeOptions: { tfm: "net8.0", framework: FRAMEWORK, ...more } });
const text = (pattern: RegExp | string): string => expect.stringMatching(pattern) as string;

describe(".NET functions", { ...skipReason(await noDocker()), timeout: 90_000 }, () => {
  let host: RealPools;
  let built: DotnetFunction;
  beforeAll(async () => {
    host = await RealPools.start({}, "docker");
    await host.driver.images.ensureRuntime(DOTNET.Runtime, AbortSignal.timeout(IMAGES_MS));
    built = await dotnetFunction();
  }, IMAGES_MS);
  afterAll(async () => {
    await host[Symbol.asyncDispose]();
  }, 60_000);

  const deploy = (method: string, wanted: TestFunction = {}, more: DotnetFunction["files"] = {}): FunctionVersion =>
    host.deploy({ ...built.files, ...more }, { ...DOTNET, Handler: `Functions::Example.${method}`, ...wanted });
  const call = async (method: string, event: unknown, more: TestEvent = {}, wanted: TestFunction = {}) =>
    (await host.call(deploy(method, wanted), event, more)).body;
  const linesOf = async (requestId: string): Promise<readonly string[]> => {
    const isEnd = (line: string): boolean => line.startsWith(`END RequestId: ${requestId}`);
    await expect.poll(() => host.logs.lines.filter(isEnd), { timeout: 60_000 }).toHaveLength(1);
    const lines = host.logs.lines;
    const start = lines.findIndex((line) => line.startsWith(`START RequestId: ${requestId}`));
    return lines.slice(start + 1, lines.findIndex(isEnd));
  };

  test("handlers are methods of any form: streams, text, objects, tasks, static and inherited ones, of classes and structs", async () => {
    const version = deploy("Forms::Streams");
    const { FunctionName } = version;
    expect((await host.call(version, { n: 1 })).body).toEqual([{ n: 1 }, FunctionName]);
    const forms: readonly (readonly [string, unknown, unknown])[] = [
      ["Forms::Upper", "aß ü 漢", "Aß Ü 漢"],
      ["Forms::Sum", ORDER, { Sum: 1.6, FirstName: "a" }],
      ["Forms::CamelCase", ORDER, { sum: 1.6, firstName: "a" }],
      ["Forms::Later", { Id: "x", Items: [] }, { Id: "x", Items: [], At: null }],
      ["Forms::Value", 41, 42],
      ["Forms::System.String Overloaded(System.String)", "a", "text:a"],
      ["Forms::OfTheBase", {}, "Forms"],
      ["Small::Run", {}, "a struct"],
    ];
    const answers = await Promise.all(forms.map(([method, event]) => call(method, event)));
    expect(answers).toEqual(forms.map(([, , answer]) => answer));
    expect(await call("Forms::OnlyContext", {}, { requestId: "of-dotnet" })).toBe("of-dotnet");
  });

  test("methods that answer nothing succeed, and the instance is constructed once", async () => {
    for (const method of ["Nothing", "ValueNothing", "Void"]) {
      const { outcome } = await host.invoke(deploy(`Forms::${method}`), ORDER);
      expect([method, outcome.kind]).toEqual([method, "success"]);
    }
    const version = deploy("Forms::Made");
    expect([(await host.call(version)).body, (await host.call(version)).body]).toEqual(["made 1", "made 1"]);
  });

  test("methods that cannot be handlers fail the init with AWS's words", async () => {
    const refused: Readonly<Record<string, RegExp>> = {
      Overloaded: /^The method 'Overloaded' in type 'Example.Forms' appears to have a number of overloads/,
      AsyncVoid: /is an 'async void' method\. Handler methods cannot be 'async void'/,
      TooMany: /^Method 'TooMany' of type 'Example.Forms' is not supported: the method has more than 2 parameters\.$/,
      WrongSecond: /the second parameter is not of type 'Amazon\.Lambda\.Core\.ILambdaContext'\.$/,
      Generic: /because it is a generic method/,
    };
    await Promise.all(
      Object.entries(refused).map(async ([method, errorMessage]) => {
        const body = await call(`Forms::${method}`, {});
        expect(body).toMatchObject({ errorType: "LambdaValidationException", errorMessage: text(errorMessage) });
      }),
    );
  });

  test("a function without a serializer is told what it needs", async () => {
    // The assembly of the serializers has no attribute itself.
    const Handler =
      "Amazon.Lambda.Serialization.SystemTextJson::Amazon.Lambda.Serialization.SystemTextJson.DefaultLambdaJsonSerializer::ToString";
    expect((await host.call(deploy("", { Handler }))).body).toMatchObject({
      errorType: "LambdaValidationException",
      errorMessage: text(
        /^Could not find the LambdaSerializerAttribute on the assembly 'Amazon\.Lambda\.Serialization\.SystemTextJson' or method 'ToString' while attempting to serialize output data of type 'System\.String'\./,
      ),
    });
  });

  test("errors have AWS's members, their causes, and frames of the function alone", async () => {
    expect(await call("Forms::Wrapped", "ü")).toEqual({
      errorType: "InvalidOperationException",
      errorMessage: "outer",
      stackTrace: [text(/^at Example\.Forms\.Wrapped\(String input\) in .*Forms\.cs:line \d+$/)],
      cause: {
        errorType: "FormatException",
        errorMessage: "inner: ü",
        stackTrace: [text(/^at Example\.Forms\.Failing/), text(/^at Example\.Forms\.Wrapped/)],
      },
    });
    expect(await call("Forms::Aggregate", "x")).toMatchObject({
      errorType: "AggregateException",
      causes: [{ errorMessage: "one" }, { errorMessage: "two" }],
    });
    // A serializer's own error is the function's.
    expect(await call("Forms::Sum", [1])).toMatchObject({ errorType: "JsonException" });
    expect(await call("Early::Run", {})).toMatchObject({
      errorType: "TargetInvocationException",
      cause: { errorType: "ArgumentOutOfRangeException", errorMessage: text(/^too early/) },
    });
  });

  test("the context has what a client sent, and the function's serializer", async () => {
    const sent = { client: { app_title: "an app" }, env: { locale: "de" }, custom: {} };
    const clientContext = Buffer.from(JSON.stringify(sent)).toString("base64");
    expect(await call("Forms::About", {}, { clientContext })).toEqual([
      ...[null, "an app", "de", text(/^Root=/), true],
    ]);
  });

  test("lines of Console, of the static logger and of the context's have AWS's form", async () => {
    await call("Forms::Logs", {}, { requestId: "net-text" });
    const line = (level: string, message: string): string =>
      text(new RegExp(String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\tnet-text\t${level}${message}$`));
    expect(await linesOf("net-text")).toEqual([
      line("info\t", "a line of Console"),
      line("fail\t", "to the other output"),
      line("", "of the static logger"),
      line("warn\t", String.raw`3 of ff are \{ a = 1 \}`),
      line("info\t", "at here"),
      line("fail\t", "while reading\nSystem\\.FormatException: broken"),
    ]);
    await call("Forms::Logs", {}, { requestId: "net-json" }, { LogFormat: "JSON", ApplicationLogLevel: "WARN" });
    const written = host.logs.lines.filter((one) => one.startsWith("{") && one.includes("net-json"));
    const records = written.map((one) => JSON.parse(one) as object).filter((one) => !("type" in one));
    expect(records).toMatchObject([
      { level: "Error", message: "to the other output", requestId: "net-json" },
      { level: "Warning", message: "3 of ff are { a = 1 }", Count: 3, Kind: "ff", Whole: { a: 1 } },
      { level: "Error", message: "while reading", doing: "reading", errorType: "System.FormatException" },
    ]);
  });

  test("the heap is three quarters of the function's memory; culture and time zone are its own", async () => {
    expect(await call("Forms::Heap", {}, {}, { MemorySize: 512 })).toBe(384);
    expect(await call("Forms::Culture", {})).toBe("en-US 00:00:00 1,234.500");
    const Variables = { TZ: "Asia/Tokyo", LANG: "de_DE.UTF-8" };
    expect(await call("Forms::Culture", {}, {}, { Variables })).toBe("de-DE 09:00:00 1.234,500");
  });

  test("settings of the collector take effect, in a process of the function's own", async () => {
    const Functions = settings({ configProperties: { "System.GC.HeapHardLimit": 100 * 1024 * 1024 } });
    const version = deploy("Forms::Heap", {}, { "Functions.runtimeconfig.json": Functions });
    expect((await host.call(version)).body).toBe(100);
    expect((await host.call(version)).body).toBe(100);
  });

  test("SnapStart's hooks are called once in each environment, and errors in them have AWS's types", async () => {
    const wanted = { Version: "1", SnapStart: "PublishedVersions" } as const;
    const version = deploy("Hooks::Run", wanted);
    const called = ["snap-start", "before b", "before a", "after a", "after b"];
    expect((await host.call(version)).body).toEqual(called);
    expect((await host.call(version)).body).toEqual(called);
    expect(await call("Hooks::Run", {})).toEqual(["on-demand"]);
    const kinds = [
      ["before a", "Runtime.BeforeSnapshotError"],
      ["after b", "Runtime.AfterRestoreError"],
    ] as const;
    for (const [FAIL, type] of kinds) {
      const { outcome, body } = await host.call(deploy("Hooks::Run", { ...wanted, Variables: { FAIL } }));
      expect([FAIL, outcome]).toEqual([FAIL, expect.objectContaining({ kind: "functionError", errorType: type })]);
      expect(body).toMatchObject({ errorType: "InvalidOperationException", errorMessage: `as asked: ${FAIL}` });
    }
    expect(host.logs.text).toContain("as asked: after b");
  });

  test("an answer is streamed while the handler runs, with its metadata first, and what the handler returns is not", async () => {
    const http = await streamed(host, deploy("Streams::Http"), "one");
    expect(http.text).toBe(`{"statusCode":201,"headers":{"a":"b"},"cookies":["c=d"]}${"\0".repeat(8)}one ü`);
    expect(http.contentType).toBe("application/vnd.awslambda.http-integration-response");
    expect(http.pieces).toBeGreaterThan(1);
    expect(http.report.outcome).toMatchObject({ kind: "success", payload: { length: 0 } });
    const plain = deploy("Streams::Plain");
    expect((await streamed(host, plain, "ü")).text).toBe('"ü"');
    // A caller that takes no stream gets the whole.
    expect((await host.call(plain, "ä")).body).toBe("ä");
    const large = await streamed(host, deploy("Streams::Large"), 12);
    expect(large.text.length).toBe(12 * 1024 * 1024 + 8);
    expect(large.text.slice(-9)).toBe(`x${12 * 1024 * 1024}`);
  });

  test("an error after a stream has begun follows what was written, and streams belong to their invocation", async () => {
    const fails = deploy("Streams::Fails");
    for (const message of ["as asked: ü", "long ".repeat(20_000)]) {
      const { report, text: written } = await streamed(host, fails, message);
      expect(written).toBe("one");
      expect(report.outcome).toMatchObject({ kind: "functionError", errorType: "InvalidDataException" });
      const { errorMessage } = JSON.parse(Buffer.from(report.outcome.payload).toString()) as { errorMessage: string };
      expect(errorMessage).toBe(message.slice(0, 4096));
    }
    const twice = deploy("Streams::Twice");
    const second = "A response stream can only be created once per invocation.\n";
    expect((await streamed(host, twice)).text).toBe(second);
    expect((await streamed(host, twice)).text).toBe(`${second}Cannot write to a completed stream.\n`);
    expect(await call("Streams::Outside", {})).toBe("InvalidOperationException");
  });

  test("an executable assembly with the Runtime API's client runs, and one that is missing ends the init", async () => {
    const version = host.deploy(built.program, { ...DOTNET, Handler: "Program" });
    expect((await host.call(version, { a: "ü" }, { requestId: "of-program" })).body).toEqual({
      value: { a: "ü" },
      requestId: "of-program",
      handler: "Program",
    });
    expect((await host.call(version, { fail: 1 })).body).toEqual({
      errorType: "InvalidOperationException",
      errorMessage: "as asked",
    });
    const missing = host.deploy(built.program, { ...DOTNET, Handler: "Absent" });
    expect((await host.call(missing)).body).toMatchObject({ errorMessage: text(/exit status 104$/) });
    expect(host.logs.text).toContain(
      "Error: executable assembly /var/task/Absent.dll or binary /var/task/Absent not found.",
    );
  });

  test("an assembly for a later framework ends the init as .NET's own host does", async () => {
    const later = settings({ framework: { ...FRAMEWORK, version: "99.0.0" } });
    const { body } = await host.call(deploy("Forms::Upper", {}, { "Functions.runtimeconfig.json": later }), "x");
    expect(body).toMatchObject({ errorType: "Runtime.ExitError", errorMessage: text(/exit status 150$/) });
    expect(host.logs.text).toContain("Framework: 'Microsoft.NETCore.App', version '99.0.0'");
    const broken = { "Functions.dll": "no assembly" };
    expect((await host.call(deploy("Forms::Upper", {}, broken), "x")).body).toMatchObject({
      errorType: "LambdaValidationException",
      errorMessage: "Unable to load assembly 'Functions'.",
    });
  });

  test("an internal extension alone gets telemetry", async () => {
    expect(await call("Inner::Run", {})).toEqual(expect.arrayContaining(["platform.initStart", "platform.start"]));
  });

  test("extensions of layers run beside it", async () => {
    const layer = host.unpack({ "extensions/own-ext": PYTHON_EXTENSION.replace(/^#!.*/, "#!/var/lang/bin/python3") });
    expect(await call("Forms::Upper", "ab", { requestId: "net-ext" }, { layerDigests: [layer] })).toBe("AB");
    await expect.poll(() => host.logs.text, { timeout: 60_000 }).toContain("own-ext");
  });
});
