import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { awsEnvironment, ForkedAws, installedAws, type ProgramResult, runProgram, skipReason } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const forked = await ForkedAws.start();
afterAll(async () => await forked?.[Symbol.asyncDispose]());

const missing = forked ? undefined : "aws is not installed as a script of Python";
const OTHER_HOME = { HOME: "home", AWS_REGION: "", AWS_DEFAULT_REGION: "" };
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "secret" };

describe("the aws command of a fork", skipReason(missing), () => {
  let service: Server;
  let folder: string;
  let env: NodeJS.ProcessEnv;
  let requests: string[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "hearth-fork-"));
    await writeFile(join(folder, "qualifier"), "prod");
    await mkdir(join(folder, "home/.aws"), { recursive: true });
    await writeFile(join(folder, "home/.aws/config"), "[default]\nregion = mars-1\n");
    service = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
    await once(service, "listening");
    const endpoint = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    env = { ...awsEnvironment({ endpoint, region: "eu-west-1", credentials }), AWS_MAX_ATTEMPTS: "1" };
  });
  afterAll(async () => {
    service.close();
    service.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  /** Knows no function but `there`; a bucket takes everything; `hangs` gets no answer. */
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    const { authorization, "user-agent": agent = "" } = request.headers;
    const key = /Credential=\w+/.exec(authorization ?? "")?.[0];
    requests.push(`${request.method} ${request.url} ${agent.split(" ")[0]} ${key} ${body}`);
    if (request.url?.includes("/hangs")) return;
    if (request.method === "PUT") return void response.setHeader("ETag", '"1"').end();
    if (request.url?.startsWith("/bucket/")) {
      response.setHeader("ETag", '"1"').setHeader("Last-Modified", "Mon, 30 Nov 2026 00:00:00 GMT");
      return void response.setHeader("Content-Length", 2).end(request.method === "GET" ? "it" : undefined);
    }
    if (request.url?.includes("/invocations")) return void response.end("{}");
    const isThere = request.url?.endsWith("/there/configuration");
    response.setHeader("Content-Type", "application/json");
    if (isThere) return void response.end(JSON.stringify({ FunctionName: "there", Description: "Grüße, 世界" }));
    response.statusCode = 404;
    response.setHeader("x-amzn-ErrorType", "ResourceNotFoundException");
    response.end(JSON.stringify({ Message: `no function ${request.url}` }));
  };

  /** How a script of the shell ends with this `aws`, and the requests that it sent. */
  const end = async (aws: string, script: string, more: NodeJS.ProcessEnv): Promise<[ProgramResult, string[]]> => {
    requests = [];
    const result = await runProgram(
      "bash",
      ["-c", `aws() { ${aws} --endpoint-url $AWS_ENDPOINT_URL "$@"; }\n${script}`],
      {
        cwd: folder,
        env: { ...env, ...more },
      },
    );
    return [result, requests];
  };

  const configuration = "aws lambda get-function-configuration";
  test.each<{ what: string; script: string; fails?: boolean; more?: NodeJS.ProcessEnv }>([
    { what: "an answer", script: `${configuration} --function-name there`, more: { AWS_ACCESS_KEY_ID: "AKIDOTHER" } },
    { what: "an error of the service", script: `${configuration} --function-name gone --output text`, fails: true },
    { what: "an unknown option", script: `${configuration} --function-name there --no-such option`, fails: true },
    { what: "standard input", script: "printf 'one\\ntwo' | aws s3 cp - s3://bucket/key" },
    {
      what: "files",
      script:
        "aws lambda invoke --function-name f --qualifier file://qualifier --payload fileb://<(echo 7) out; cat out",
    },
    { what: "standard output that is full", script: "aws --version >/dev/full; echo $?" },
    {
      what: "a mask of new files",
      script: "umask 027; aws s3 cp --no-progress s3://bucket/key copy && stat -c %a copy; rm copy",
    },
    { what: "another home", script: "aws configure get region", more: OTHER_HOME },
  ])("ends as the installed one: $what", async ({ script, fails = false, more = {} }) => {
    const expected = await end(String(installedAws()), script, more);
    expect(expected[0].code !== 0).toBe(fails);
    for (const _ of ["cold", "warm"]) expect(await end(`${forked?.folder}/aws`, script, more)).toEqual(expected);
  });

  test.each(["SIGINT", "SIGTERM"] as const)("ends as the installed one at %s", async (signal) => {
    const ends: unknown[] = [];
    for (const aws of [String(installedAws()), `${forked?.folder}/aws`]) {
      const { command, hanging } = await hang(aws);
      command.kill(signal);
      ends.push(await once(command, "close"));
      await hanging;
    }
    expect(ends[1]).toEqual(ends[0]);
  });

  test("does not outlive its client that is killed", async () => {
    const { command, hanging } = await hang(`${forked?.folder}/aws`);
    command.kill("SIGKILL");
    await hanging;
  });

  test("ends with the server, of which nothing is left", async () => {
    const own = await ForkedAws.start();
    const { command, hanging } = await hang(`${own?.folder}/aws`);
    const ended = once(command, "close");
    await own?.[Symbol.asyncDispose]();
    expect(await ended).toEqual([1, null]);
    await hanging;
    await expect(access(String(own?.folder))).rejects.toThrow("ENOENT");
  });

  /** A command that waits for its answer, and a promise that its connection has ended. */
  const hang = async (aws: string): Promise<{ command: ChildProcess; hanging: Promise<unknown> }> => {
    const asked = once(service, "request");
    const args = ["lambda", "get-function-configuration", "--function-name", "hangs"];
    const command = spawn(aws, ["--endpoint-url", String(env["AWS_ENDPOINT_URL"]), ...args], {
      cwd: folder,
      env,
      stdio: "ignore",
    });
    const [request] = (await asked) as [IncomingMessage];
    return { command, hanging: once(request.socket, "close") };
  };
});
