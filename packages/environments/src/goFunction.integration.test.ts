import { goFunction, noDocker, noProgram, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import type { TestFunction } from "./testing/testVersion.ts";

const IMAGES_MS = 15 * 60_000;

describe(
  "a function of Go with AWS's client",
  { ...skipReason((await noDocker()) ?? noProgram("go")), timeout: 60_000 },
  () => {
    let host: RealPools;
    let files: Readonly<Record<string, Uint8Array>>;
    beforeAll(async () => {
      host = await RealPools.start({}, "docker");
      files = await goFunction();
      for (const runtime of ["provided.al2023", "provided.al2"])
        await host.driver.images.ensureRuntime(runtime, AbortSignal.timeout(IMAGES_MS));
    }, IMAGES_MS);
    afterAll(async () => {
      await host[Symbol.asyncDispose]();
    }, 60_000);
    const deploy = (wanted: TestFunction = {}, code = files) =>
      host.deploy(code, { Runtime: "provided.al2023", Handler: "bootstrap", Timeout: 20, ...wanted });

    test.each(["provided.al2023", "provided.al2"])("runs on %s with its context, errors and end", async (Runtime) => {
      const version = deploy({ Runtime });
      const value = { text: "ü 漢字 🎉", list: [1, 2.5, null] };
      expect((await host.call(version, { do: "echo", value })).body).toEqual(value);
      const clientContext = Buffer.from('{"custom":{"a":"b"}}').toString("base64");
      const { body } = await host.call(version, { do: "context" }, { requestId: "of-go", clientContext });
      const { FunctionArn, FunctionName } = version.configuration;
      expect(body).toMatchObject({ requestId: "of-go", arn: FunctionArn, name: FunctionName, custom: { a: "b" } });
      expect((body as { remaining: number }).remaining).toBeGreaterThan(10_000);
      expect((await host.call(version, { do: "fail" })).body).toEqual({
        errorMessage: "as asked: ü",
        errorType: "errorString",
      });
      expect((await host.call(version, { do: "panic" })).body).toMatchObject({
        errorMessage: "as asked",
        errorType: "string",
      });
      expect((await host.call(version, { do: "exit" })).body).toMatchObject({
        errorMessage: expect.stringMatching(/exit status 3$/) as unknown,
      });
      expect((await host.call(version, { do: "echo", value: 1 })).body).toBe(1);
    });

    test("a program of another processor is refused by name", async () => {
      const program = Buffer.from(files["bootstrap"] ?? "");
      // The machine in the header of the ELF file: AArch64 where this is x86-64, and the reverse.
      program.writeUInt16LE(program.readUInt16LE(18) === 0x3e ? 0xb7 : 0x3e, 18);
      expect((await host.call(deploy({}, { bootstrap: program }))).body).toMatchObject({
        errorType: "Runtime.InvalidEntrypoint",
        errorMessage: expect.stringContaining("fork/exec /var/task/bootstrap: exec format error") as unknown,
      });
    });
  },
);
