import { createHash } from "node:crypto";
import { JAVA_LIBRARIES } from "@hearth/drivers";
import type { FunctionVersion } from "@hearth/model";
import { javaFunction, LANGUAGES, noProgram, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RealPools } from "./testing/realPools.ts";
import type { TestFunction } from "./testing/testVersion.ts";

/** AWS's published client as it is, with its own library in C++, as a custom runtime's bootstrap starts it. Hearth's Java images replace two of its classes. */
const BOOTSTRAP = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -cp "$LAMBDA_TASK_ROOT/client/*" com.amazonaws.services.lambda.runtime.api.client.AWSLambda "$_HANDLER"
`;
const BROKEN = ["example.Absent", "example.Functions::absent"];
const reason =
  noProgram("java") ?? noProgram("mvn") ?? (process.arch === "x64" ? undefined : "the library is taken for x64");

describe(
  "aws-lambda-java-runtime-interface-client as a custom runtime",
  { ...skipReason(reason), timeout: 90_000 },
  () => {
    const java = LANGUAGES.find(({ runtimes }) => runtimes.includes("java21"));
    let host: RealPools;
    let files: Record<string, Uint8Array | string>;
    beforeAll(async () => {
      host = await RealPools.start();
      files = { ...(await javaFunction()), bootstrap: BOOTSTRAP };
      for (const { name, url, sha256 } of JAVA_LIBRARIES) {
        const jar = Buffer.from(await (await fetch(url)).arrayBuffer());
        expect(createHash("sha256").update(jar).digest("hex")).toBe(sha256);
        files[`client/${name}`] = jar;
      }
    }, 300_000);
    afterAll(async () => {
      await host?.[Symbol.asyncDispose]();
    });
    const deploy = (wanted: TestFunction = {}): FunctionVersion =>
      host.deploy(files, {
        Runtime: "provided.al2023",
        Handler: java?.Handler ?? "",
        Timeout: 30,
        MemorySize: 256,
        ...wanted,
      });

    test("answers, fails, logs and ends as Hearth's own Java does", async () => {
      const version = deploy();
      const value = { text: "ü 漢字 🎉", list: [1, 2.5, null] };
      expect((await host.call(version, { do: "echo", value })).body).toEqual(value);
      const clientContext = Buffer.from('{"custom":{"a":"b"}}').toString("base64");
      const { body } = await host.call(version, { do: "context" }, { requestId: "of-java", clientContext });
      const { FunctionArn } = version.configuration;
      expect(body).toMatchObject({ requestId: "of-java", arn: FunctionArn, memory: 256, custom: { a: "b" } });
      const failed = await host.call(version, { do: "fail" });
      expect(failed).toMatchObject({ outcome: { kind: "functionError" }, body: java?.failure });
      const large = "ü".repeat(500_000);
      expect((await host.call(version, { do: "echo", value: large })).body).toBe(large);
      await host.call(version, { do: "log" });
      await expect.poll(() => host.logs.lines, { timeout: 30_000 }).toContainEqual(expect.stringMatching(/at info/));
      expect((await host.call(version, { do: "exit", status: 3 })).body).toMatchObject({
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(/exit status 3$/) as unknown,
      });
      expect((await host.call(version, { do: "count" })).body).toBe(1);
    });

    test.each(BROKEN)("reports that there is no handler %s", async (Handler) => {
      const { errorMessage = "", ...expected } = { ...java?.brokenHandlers[Handler] } as {
        errorMessage?: string | RegExp;
      };
      const { outcome, body } = await host.call(deploy({ Handler }));
      expect(outcome.kind).toBe("functionError");
      expect(body).toMatchObject(expected);
      expect((body as { errorMessage: string }).errorMessage).toMatch(errorMessage);
    });
  },
);
