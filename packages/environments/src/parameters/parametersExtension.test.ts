import type { IncomingMessage, ServerResponse } from "node:http";
import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { ParametersExtension, type ServiceAnswer } from "./parametersExtension.ts";
import type { ParametersRequest } from "./parametersRequest.ts";
import { parametersSettings } from "./parametersSettings.ts";

interface Given {
  readonly variables?: Readonly<Record<string, string>>;
  readonly isInvoked?: boolean;
  readonly answers?: (asked: ParametersRequest) => Promise<ServiceAnswer>;
}

function extension({ variables = {}, isInvoked = true, answers }: Given = {}) {
  const clock = new ManualClock();
  const calls: ParametersRequest[] = [];
  const lines: string[] = [];
  const value = async (asked: ParametersRequest): Promise<ServiceAnswer> => ({
    status: 200,
    body: JSON.stringify({
      Parameter: { Name: asked.input["Name"], Value: String(calls.length), LastModifiedDate: 1.5 },
    }),
  });
  const made = new ParametersExtension({
    settings: parametersSettings(variables),
    sessionToken: "token",
    call: (asked) => {
      calls.push(asked);
      return (answers ?? value)(asked);
    },
    isInvoked: () => isInvoked,
    log: (line) => lines.push(line),
    clock,
  });
  const get = (url: string, token: string | undefined = "token", method = "GET"): Promise<ServiceAnswer> =>
    new Promise((resolve, reject) => {
      const headers = token === undefined ? {} : { "x-aws-parameters-secrets-token": token };
      let status = 0;
      const response = {
        writeHead: (code: number) => void (status = code),
        end: (body: string) => resolve({ status, body }),
      };
      const request = { url, method, headers, resume: () => undefined } as unknown as IncomingMessage;
      if (!made.serve(request, response as unknown as ServerResponse)) reject(new Error("not the extension's"));
    });
  const valueOf = async (name: string): Promise<string> => {
    const { body } = await get(`/systemsmanager/parameters/get?name=${name}`);
    return (JSON.parse(body) as { Parameter: { Value: string } }).Parameter.Value;
  };
  return { clock, calls, lines, get, valueOf };
}

test("a value is kept for its time to live", async () => {
  const { clock, valueOf } = extension({ variables: { SSM_PARAMETER_STORE_TTL: "10" } });
  expect([await valueOf("a"), await valueOf("a")]).toEqual(["1", "1"]);
  await clock.advance(10_000);
  expect(await valueOf("a")).toBe("2");
});

test("the value that was not used for longest leaves a full cache", async () => {
  const { valueOf, calls } = extension({ variables: { PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE: "2" } });
  for (const name of ["a", "b", "a", "c"]) await valueOf(name);
  expect(calls).toHaveLength(3);
  expect([await valueOf("a"), await valueOf("b")]).toEqual(["1", "4"]);
});

test.each([
  ["PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "FALSE"],
  ["PARAMETERS_SECRETS_EXTENSION_CACHE_SIZE", "0"],
  ["SSM_PARAMETER_STORE_TTL", "0"],
])("%s=%s keeps nothing", async (name, value) => {
  const { valueOf } = extension({ variables: { [name]: value } });
  expect([await valueOf("a"), await valueOf("a")]).toEqual(["1", "2"]);
});

test("values of one sandbox take a megabyte at most", async () => {
  const body = JSON.stringify({ Parameter: { Value: "x".repeat(400_000) } });
  const { valueOf, calls } = extension({ answers: async () => ({ status: 200, body }) });
  for (const name of ["a", "b", "c", "a"]) await valueOf(name);
  expect(calls).toHaveLength(4);
});

test("versions, labels, stages and decryption are asked for as the services take them", async () => {
  const { get, calls } = extension();
  await get("/systemsmanager/parameters/get/?name=%2Fa%2Fb&version=3&withDecryption=true");
  await get("/systemsmanager/parameters/get?name=a&label=live");
  await get("/secretsmanager/get?secretId=s&versionId=v&versionStage=AWSPENDING");
  expect(calls.map(({ target, input }) => [target, { ...input }])).toEqual([
    ["AmazonSSM.GetParameter", { Name: "/a/b:3", WithDecryption: true }],
    ["AmazonSSM.GetParameter", { Name: "a:live", WithDecryption: false }],
    ["secretsmanager.GetSecretValue", { SecretId: "s", VersionId: "v", VersionStage: "AWSPENDING" }],
  ]);
  expect((await get("/systemsmanager/parameters/get?name=a&label=live&version=1")).status).toBe(400);
});

test("nothing is answered without the function's token, or before its first event", async () => {
  const path = "/systemsmanager/parameters/get?name=a";
  const ready = extension();
  expect([(await ready.get(path, "other")).status, (await ready.get(path, "")).status]).toEqual([401, 401]);
  expect((await ready.get(path, "token", "POST")).status).toBe(405);
  const early = extension({ isInvoked: false });
  expect(await early.get(path)).toEqual({ status: 400, body: "not ready to serve traffic, please wait" });
  expect([...ready.calls, ...early.calls]).toEqual([]);
});

test("a service's error is logged and not shown, and is not kept", async () => {
  const refusal = async (): Promise<ServiceAnswer> => ({ status: 403, body: '{"__type":"AccessDenied"}' });
  const { get, lines, calls } = extension({ answers: refusal });
  const path = "/secretsmanager/get?secretId=s";
  for (let i = 0; i < 2; i++) {
    const body = "an unexpected error occurred while executing request";
    expect(await get(path)).toEqual({ status: 400, body });
  }
  expect(calls).toHaveLength(2);
  expect(lines[0]).toMatch(/ERROR GetSecretValue request encountered an error: .*AccessDenied/);
});

test("a call that takes longer than its timeout fails", async () => {
  const { clock, get } = extension({
    variables: { SSM_PARAMETER_STORE_TIMEOUT_MILLIS: "100" },
    answers: () => new Promise(() => undefined),
  });
  const answer = get("/systemsmanager/parameters/get?name=a");
  await clock.advance(100);
  expect((await answer).status).toBe(500);
});

test("a path that only looks like the extension's is not answered", async () => {
  await expect(extension().get("/secretsmanager/getall?secretId=s")).rejects.toThrow("not the extension's");
  await expect(extension().get("/systemsmanager/parameters")).rejects.toThrow("not the extension's");
});
