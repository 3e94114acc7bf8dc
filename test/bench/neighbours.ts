import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { run } from "@hearth/cli";
import { type ClientConfig, type RunningHearth, startHearth, zipOf } from "@hearth/testkit";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { drive, type LoadResult, median } from "./load.ts";
import { signedInvokes } from "./signedRequests.ts";

/**
 * A warm function of one account, called by one caller, while another account floods: the latencies beside those of quiet rounds in between. The load is
 * bounded by `ROUNDS`, the requests of a round, and what the functions below do in one invocation.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 3);
const REQUESTS = 3_000;
const NOISY_ACCOUNT = "222222222222";
const COLD_FUNCTIONS = 4;
const COLD_CALLERS = 8;
/** The goal of docs/specification.md. */
const MAX_P99_GROWTH_MS = 20;

const NO_OP = { "index.mjs": "export const handler = async (event) => event;\n" };
/** Writes `event.text`, repeated to 8 MB, as fast as it is read, for a second; then answers. */
const WRITER = {
  "index.mjs": `import { writeSync } from "node:fs";
export const handler = async ({ text }) => {
  const chunk = Buffer.from(text.repeat(Math.ceil(65_536 / text.length)));
  const endsAt = Date.now() + 1_000;
  for (let written = 0; written < 8_000_000 && Date.now() < endsAt; ) {
    try {
      written += writeSync(1, chunk);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      await new Promise((done) => setTimeout(done, 1));
    }
  }
};
`,
};
/** Each invocation needs an environment of its own. */
const EXITS = { "index.mjs": "export const handler = async () => process.exit(0);\n" };
const SHORT = "x\n";
const NEWLINE = "\n";
const JSON_LINE = `${JSON.stringify({ level: "INFO", message: "a line like those of a logging library", n: 1 })}\n`;

const ms = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Runs `once` again and again, `callers` at a time, from the first answer until disposed. */
async function flood(
  callers: number,
  once: () => Promise<unknown>,
): Promise<AsyncDisposable & { readonly answered: () => number; readonly failed: () => number }> {
  let stopped = false;
  let answered = 0;
  let failed = 0;
  const callOn = async (): Promise<void> => {
    while (!stopped) {
      await once().then(
        () => answered++,
        () => failed++,
      );
    }
  };
  await once();
  const ended = Promise.all(Array.from({ length: callers }, callOn));
  return {
    answered: () => answered,
    failed: () => failed,
    async [Symbol.asyncDispose]() {
      stopped = true;
      await ended;
    },
  };
}

/** A client with a key of a new account. */
async function accountOf({ clientConfig }: RunningHearth, accountId: string): Promise<LambdaClient> {
  const command = async (...args: string[]): Promise<string> => {
    let out = "";
    const complain = (text: string): never => {
      throw new Error(text);
    };
    const { accessKeyId, secretAccessKey } = clientConfig.credentials;
    const env = {
      AWS_ENDPOINT_URL: clientConfig.endpoint,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
    };
    await run(args, {
      env,
      out: (text) => void (out += text),
      complain,
      sleep: () => Promise.reject(new Error("throttled")),
    });
    return out;
  };
  await command("accounts", "create", accountId);
  const key = await command("keys", "create", "--account", accountId, "--json");
  const credentials = JSON.parse(key) as ClientConfig["credentials"];
  return new LambdaClient({ ...clientConfig, credentials, maxAttempts: 1 });
}

async function create(
  client: LambdaClient,
  FunctionName: string,
  files: Readonly<Record<string, string>>,
  LogFormat: "Text" | "JSON",
): Promise<void> {
  await client.send(
    new CreateFunctionCommand({
      FunctionName,
      Runtime: "nodejs22.x",
      Handler: "index.handler",
      MemorySize: 128,
      Timeout: 10,
      LoggingConfig: { LogFormat },
      Role: `arn:aws:iam::${NOISY_ACCOUNT}:role/any`,
      Code: { ZipFile: await zipOf(files) },
    }),
  );
  await waitUntilFunctionActiveV2({ client, maxWaitTime: 300, minDelay: 0.1, maxDelay: 1 }, { FunctionName });
}

await using hearth = await startHearth({ driver: "docker", env: { HEARTH_LOG_LEVEL: "error" } });
const client = lambdaClient(hearth);
await createActive(client, { FunctionName: "neighbour", files: NO_OP });
await invoke(client, "neighbour", {});
const noisy = await accountOf(hearth, NOISY_ACCOUNT);
await create(noisy, "text", WRITER, "Text");
await create(noisy, "json", WRITER, "JSON");
const cold = Array.from({ length: COLD_FUNCTIONS }, (_, i) => `cold-${i}`);
for (const name of cold) await create(noisy, name, EXITS, "Text");

const write = (FunctionName: string, text: string): Promise<unknown> =>
  noisy.send(new InvokeCommand({ FunctionName, Payload: Buffer.from(JSON.stringify({ text })) }));
let next = 0;
const boot = (): Promise<unknown> =>
  noisy.send(new InvokeCommand({ FunctionName: cold[next++ % cold.length], Payload: Buffer.from("{}") }));
const FLOODS: readonly (readonly [string, number, () => Promise<unknown>])[] = [
  ["short log lines", 2, () => write("text", SHORT)],
  ["8 MB of newlines", 2, () => write("text", NEWLINE)],
  ["JSON log lines", 2, () => write("json", JSON_LINE)],
  ["cold starts", COLD_CALLERS, boot],
];

const { credentials, region } = hearth.clientConfig;
const target = { port: Number(new URL(hearth.endpoint).port), functionName: "neighbour", region, ...credentials };
const measure = (): Promise<LoadResult> => drive(target.port, 1, signedInvokes(REQUESTS, target));
await measure();

const results = new Map<string, { readonly quiet: LoadResult[]; readonly loud: LoadResult[] }>(
  FLOODS.map(([name]) => [name, { quiet: [], loud: [] }]),
);
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, callers, once] of FLOODS) {
    const result = results.get(name);
    const quiet = await measure();
    await using running = await flood(callers, once);
    const loud = await measure();
    result?.quiet.push(quiet);
    result?.loud.push(loud);
    const [answered, failed] = [running.answered(), running.failed()];
    say(
      `round ${round + 1}, ${name}: p99 ${ms(quiet.p99Ms)} ms quiet, ${ms(loud.p99Ms)} ms beside ${answered} calls of the flood (${failed} refused)`,
    );
  }
}

say("");
say(
  `A neighbour of another account, 1 caller, ${ROUNDS} rounds of ${REQUESTS} requests; the flood's goal: p99 at most ${MAX_P99_GROWTH_MS} ms more`,
);
say("| the other account's flood | quiet p50 ms | p50 ms | quiet p99 ms | p99 ms | p99 more |");
say("|---|---|---|---|---|---|");
for (const [name, { quiet, loud }] of results) {
  const of = (those: readonly LoadResult[], figure: "p50Ms" | "p99Ms"): number =>
    median(those.map((one) => one[figure]));
  const more = of(loud, "p99Ms") - of(quiet, "p99Ms");
  const figures = [of(quiet, "p50Ms"), of(loud, "p50Ms"), of(quiet, "p99Ms"), of(loud, "p99Ms"), more].map(ms);
  say(`| ${name} | ${figures.join(" | ")} |`);
}
