import { noDocker, noProgram, rustFunction, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";

const BUILD_MS = 20 * 60_000;

describe(
  "a function of Rust with AWS's client",
  { ...skipReason((await noDocker()) ?? noProgram("cargo")), timeout: 60_000 },
  () => {
    let host: RealPools;
    let files: Readonly<Record<string, Uint8Array>>;
    beforeAll(async () => {
      host = await RealPools.start({}, "docker");
      files = await rustFunction();
      for (const runtime of ["provided.al2023", "provided.al2"])
        await host.driver.images.ensureRuntime(runtime, AbortSignal.timeout(BUILD_MS));
    }, BUILD_MS);
    afterAll(async () => {
      await host[Symbol.asyncDispose]();
    }, 60_000);

    test.each(["provided.al2023", "provided.al2"])("runs on %s with its context, errors and end", async (Runtime) => {
      const version = host.deploy(files, { Runtime, Handler: "bootstrap", Timeout: 20 });
      const value = { text: "ü 漢字 🎉", list: [1, 2.5, null], large: "ü".repeat(500_000) };
      expect((await host.call(version, { do: "echo", value })).body).toEqual(value);
      const clientContext = Buffer.from('{"custom":{"a":"b"}}').toString("base64");
      const { body } = await host.call(version, { do: "context" }, { requestId: "of-rust", clientContext });
      const { FunctionArn, FunctionName } = version.configuration;
      expect(body).toMatchObject({ requestId: "of-rust", arn: FunctionArn, name: FunctionName, custom: { a: "b" } });
      expect((body as { deadline: number }).deadline).toBeGreaterThan(Date.now());
      const failed = await host.call(version, { do: "fail" });
      expect(failed.outcome.kind).toBe("functionError");
      expect(failed.body).toMatchObject({ errorMessage: "as asked: ü" });
      // The client answers a panic by its message, and goes on.
      expect((await host.call(version, { do: "panic" })).body).toMatchObject({
        errorMessage: expect.stringContaining("as asked") as unknown,
      });
      expect((await host.call(version, { do: "exit" })).body).toMatchObject({
        errorMessage: expect.stringMatching(/exit status 3$/) as unknown,
      });
      expect((await host.call(version, { do: "echo", value: 1 })).body).toBe(1);
    });
  },
);
