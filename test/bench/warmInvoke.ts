import { CloudWatchLogsClient, paginateFilterLogEvents } from "@aws-sdk/client-cloudwatch-logs";
import { SystemClock } from "@hearth/kit";
import { startHearth } from "@hearth/testkit";
import { databaseOf } from "../support/database.ts";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { startFloor } from "./floor/floor.ts";
import { drive, type LoadResult, median } from "./load.ts";
import { memoryAfterLoad } from "./memoryAfterLoad.ts";
import { plainRequests, signedInvokes } from "./signedRequests.ts";

/**
 * A no-op Node function of 128 MB, warm, through the whole product (SigV4 checked, metered, logged) beside a floor that does nothing else, in
 * interleaved rounds. `ROUNDS`, and requests a round, bound it; afterwards usage records and log lines are counted and must equal the requests.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 7);
const LOADS = [
  { callers: 1, requests: 3_000 },
  { callers: 16, requests: 10_000 },
] as const;
const RUNTIME = "nodejs22.x";
const NO_OP = { "index.mjs": "export const handler = async (event) => event;\n" };
const clock = new SystemClock();

interface Measured {
  readonly floor: LoadResult[];
  readonly hearth: LoadResult[];
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

await using hearth = await startHearth({ driver: "docker", env: { HEARTH_LOG_LEVEL: "warn" } });
const client = lambdaClient(hearth);
await createActive(client, { FunctionName: "noop", files: NO_OP, Runtime: RUNTIME, MemorySize: 128 });
await invoke(client, "noop", {});
let sent = 1;

const { hostname, port } = new URL(hearth.endpoint);
say(`Hearth on ${hostname}:${port}, ${RUNTIME}, 128 MB, Docker driver; ${ROUNDS} interleaved rounds`);
await using floorOf1 = await startFloor(1, RUNTIME);
await using floorOf16 = await startFloor(16, RUNTIME);
const { credentials, region } = hearth.clientConfig;
const target = { port: Number(port), functionName: "noop", region, ...credentials };
const measured = new Map<number, Measured>(LOADS.map(({ callers }) => [callers, { floor: [], hearth: [] }]));

for (let round = 0; round <= ROUNDS; round++) {
  for (const { callers, requests } of LOADS) {
    // The first round warms both up and is not counted.
    const count = round === 0 ? requests / 5 : requests;
    const floorPort = (callers === 1 ? floorOf1 : floorOf16).port;
    const floor = await drive(floorPort, callers, plainRequests(count, floorPort));
    const product = await drive(target.port, callers, signedInvokes(count, target));
    sent += count;
    if (round === 0) continue;
    measured.get(callers)?.floor.push(floor);
    measured.get(callers)?.hearth.push(product);
  }
}

const round1 = (value: number): string => value.toFixed(value < 10 ? 2 : 0);
say("");
say("| callers | | requests/s | p50 ms | p99 ms |");
say("|---|---|---|---|---|");
for (const [callers, results] of measured) {
  const of = (who: keyof Measured, figure: "rps" | "p50Ms" | "p99Ms"): number =>
    median(results[who].map((result) => result[figure]));
  for (const who of ["floor", "hearth"] as const) {
    say(
      `| ${callers} | ${who} | ${round1(of(who, "rps"))} | ${round1(of(who, "p50Ms"))} | ${round1(of(who, "p99Ms"))} |`,
    );
  }
  say(`| ${callers} | hearth / floor | ${((of("hearth", "rps") / of("floor", "rps")) * 100).toFixed(0)} % | | |`);
}

sent += await memoryAfterLoad({ hearth, client, target, sent }, say);

// What was answered is in PostgreSQL, each once: one usage record and one REPORT line a request.
await using database = databaseOf(hearth);
const usageRecords = async (): Promise<number> => {
  const [row] = await database.query<{ n: bigint }>(
    "SELECT count(*) AS n FROM usage_records WHERE function_name = 'noop'",
  );
  return Number(row?.n);
};
const logs = new CloudWatchLogsClient(hearth.clientConfig);
const reportLines = async (): Promise<number> => {
  let lines = 0;
  const pages = paginateFilterLogEvents(
    { client: logs, pageSize: 10_000 },
    { logGroupName: "/aws/lambda/noop", filterPattern: "REPORT" },
  );
  for await (const page of pages) lines += page.events?.length ?? 0;
  return lines;
};
for (let waited = 0; (await usageRecords()) < sent && waited < 60; waited++) await clock.sleep(500);
await clock.sleep(2_000);
const [usage, lines] = [await usageRecords(), await reportLines()];
say("");
say(`requests ${sent}, usage records ${usage}, REPORT lines ${lines}`);
if (usage !== sent || lines !== sent) throw new Error("usage records and log lines do not equal the requests");
