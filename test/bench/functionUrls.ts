import { request } from "node:http";
import { AddPermissionCommand, CreateFunctionUrlConfigCommand } from "@aws-sdk/client-lambda";
import { startHearth } from "@hearth/testkit";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { drive, type LoadResult, median, type PreparedRequest } from "./load.ts";
import { signedInvokes } from "./signedRequests.ts";

/**
 * GET through a function URL beside Invoke of the same function, in interleaved rounds with the same client: how much the HTTP front costs. And how
 * long a byte of a streamed answer takes from the function's write to the client, on one clock.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const STREAMS = 100;
const LOADS = [
  { callers: 1, requests: 2_000 },
  { callers: 16, requests: 8_000 },
] as const;
const CODE = `
export const handler = async (event) => event.requestContext ? "ok" : event;
export const stream = awslambda.streamifyResponse(async (event, out) => {
  out.setContentType("text/plain");
  out.write("begin ");
  await new Promise((done) => setTimeout(done, 20));
  out.write(String(performance.timeOrigin + performance.now()));
  await new Promise((done) => setTimeout(done, 20));
  out.end();
});
`;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using hearth = await startHearth({ driver: "docker", env: { HEARTH_LOG_LEVEL: "warn" } });
const client = lambdaClient(hearth);

async function newUrl(FunctionName: string, Handler: string, InvokeMode: "BUFFERED" | "RESPONSE_STREAM") {
  await createActive(client, {
    FunctionName,
    files: { "index.mjs": CODE },
    Runtime: "nodejs22.x",
    Handler,
    MemorySize: 128,
  });
  const made = await client.send(new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: "NONE", InvokeMode }));
  const shared = { FunctionName, Principal: "*" };
  const FunctionUrlAuthType = "NONE";
  await client.send(
    new AddPermissionCommand({ ...shared, StatementId: "u", Action: "lambda:InvokeFunctionUrl", FunctionUrlAuthType }),
  );
  await client.send(new AddPermissionCommand({ ...shared, StatementId: "i", Action: "lambda:InvokeFunction" }));
  return new URL(made.FunctionUrl ?? "").host;
}

const host = await newUrl("web", "index.handler", "BUFFERED");
await invoke(client, "web", {});
const { port, hostname } = new URL(hearth.endpoint);
const { credentials, region } = hearth.clientConfig;
const target = { port: Number(port), functionName: "web", region, ...credentials };

function gets(count: number): PreparedRequest[] {
  const one = {
    request: Buffer.from(`GET /path?x=1 HTTP/1.1\r\nHost: ${host}\r\nAccept: */*\r\nUser-Agent: bench\r\n\r\n`),
    expected: Buffer.from("ok"),
  };
  return Array.from({ length: count }, () => one);
}

const measured = new Map(
  LOADS.map(({ callers }) => [callers as number, { invoke: [] as LoadResult[], url: [] as LoadResult[] }]),
);
for (let round = 0; round <= ROUNDS; round++) {
  for (const { callers, requests } of LOADS) {
    const count = round === 0 ? requests / 5 : requests;
    const byInvoke = await drive(target.port, callers, signedInvokes(count, target));
    const byUrl = await drive(target.port, callers, gets(count));
    if (round === 0) continue;
    measured.get(callers)?.invoke.push(byInvoke);
    measured.get(callers)?.url.push(byUrl);
  }
}

say(`Function URLs beside Invoke, ${ROUNDS} interleaved rounds`);
say("| callers | | requests/s | p50 ms | p99 ms |");
say("|---|---|---|---|---|");
for (const [callers, results] of measured) {
  const of = (who: "invoke" | "url", figure: "rps" | "p50Ms" | "p99Ms"): number =>
    median(results[who].map((result) => result[figure]));
  for (const who of ["invoke", "url"] as const) {
    say(
      `| ${callers} | ${who} | ${of(who, "rps").toFixed(0)} | ${of(who, "p50Ms").toFixed(2)} | ${of(who, "p99Ms").toFixed(2)} |`,
    );
  }
  say(`| ${callers} | url / Invoke | ${((of("url", "rps") / of("invoke", "rps")) * 100).toFixed(0)} % | | |`);
}

const streamHost = await newUrl("streams", "index.stream", "RESPONSE_STREAM");
const delays: number[] = [];
for (let i = 0; i <= STREAMS; i++) {
  const delay = await new Promise<number>((resolve, reject) => {
    const sent = request({ hostname, port, path: "/", headers: { host: streamHost } }, (response) => {
      let found = Number.NaN;
      response.setEncoding("latin1").on("data", (chunk: string) => {
        const written = /^\d+\.\d+$/.exec(chunk);
        if (written) found = performance.timeOrigin + performance.now() - Number(written[0]);
      });
      response.on("error", reject).on("end", () => resolve(found));
    });
    sent.on("error", reject).end();
  });
  if (i > 0) delays.push(delay);
}
say("");
say(`a streamed write is with the client after ${median(delays).toFixed(2)} ms (median of ${STREAMS})`);
