import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { promisify } from "node:util";
import { SystemClock } from "@hearth/kit";
import { containersOf, type RunningHearth, startHearth } from "@hearth/testkit";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { CONTAINER, runtimeImage, startFloor } from "./floor/floor.ts";
import { type BenchLanguage, benchLanguages, type LoopProgram } from "./floor/languages.ts";
import { drive, type LoadResult, median } from "./load.ts";
import { plainRequests, signedInvokes, uniqueBody, uniquePythonBody } from "./signedRequests.ts";

/**
 * Each language against its own leanest loop: warm no-op calls by one caller, the first call of a function with a booted sandbox and without one (beside a bare
 * `docker run` of the loop), and what an idle environment keeps. `ROUNDS` and `LANGUAGES` (such as `Ruby,Java`) bound it.
 */
const ROUNDS = Number(process.env["ROUNDS"] ?? 5);
const ONLY = process.env["LANGUAGES"]?.split(",");
const REQUESTS = 1_000;
const FIRST_CALLS = 7;
const COLD_STARTS = 6;
const UNTIL_READY_MS = 2_500;
const MB = 1024 * 1024;
const UNITS: Readonly<Record<string, number>> = { KiB: 1024, MiB: MB, GiB: 1024 * MB };
const clock = new SystemClock();
const run = promisify(execFile);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

interface Measured {
  readonly floor: number;
  readonly hearth: number;
  readonly firstMs: number;
  readonly idleMb: number;
}

/** Requests per second of the loop alone and through Hearth, in interleaved rounds. */
async function warm(hearth: RunningHearth, language: BenchLanguage): Promise<Pick<Measured, "floor" | "hearth">> {
  const { name, Runtime, MemorySize, image, loop } = language;
  const functionName = `warm-${Runtime.replaceAll(".", "-")}`;
  const client = lambdaClient(hearth);
  await createActive(client, { ...language, FunctionName: functionName });
  await invoke(client, functionName, {});
  await using floor = await startFloor(1, image, { loop, memoryMb: MemorySize });
  const { credentials, region } = hearth.clientConfig;
  const target = { port: Number(new URL(hearth.endpoint).port), functionName, region, ...credentials };
  const bodyOf = name === "Python" ? uniquePythonBody : uniqueBody;
  const results = { floor: [] as LoadResult[], hearth: [] as LoadResult[] };
  for (let round = 0; round <= ROUNDS; round++) {
    const bare = await drive(floor.port, 1, plainRequests(REQUESTS, floor.port, bodyOf));
    const product = await drive(target.port, 1, signedInvokes(REQUESTS, target, bodyOf));
    // The first round warms both up and is not counted.
    if (round === 0) continue;
    results.floor.push(bare);
    results.hearth.push(product);
  }
  const rps = (of: readonly LoadResult[]): number => median(of.map((result) => result.rps));
  return { floor: rps(results.floor), hearth: rps(results.hearth) };
}

async function createMany(hearth: RunningHearth, language: BenchLanguage, count: number): Promise<readonly string[]> {
  const names = Array.from({ length: count }, (_, n) => `first-${language.Runtime.replaceAll(".", "-")}-${n}`);
  for (const FunctionName of names) await createActive(lambdaClient(hearth), { ...language, FunctionName });
  return names;
}

/** Milliseconds of the first call of each function, one after the other. */
async function firstCalls(
  hearth: RunningHearth,
  names: readonly string[],
  pauseMs: number,
): Promise<readonly number[]> {
  const client = lambdaClient(hearth);
  const times: number[] = [];
  for (const name of names) {
    await clock.sleep(pauseMs);
    const began = performance.now();
    const { FunctionError } = await invoke(client, name, {});
    times.push(performance.now() - began);
    if (FunctionError) throw new Error(`${name} failed: ${FunctionError}`);
  }
  return times;
}

/** What each of these containers holds as the engine reports it: without caches of files. */
async function heldMb(names: readonly string[]): Promise<readonly number[]> {
  const { stdout } = await run("docker", ["stats", "--no-stream", "--format", "{{.MemUsage}}", ...names]);
  return stdout
    .split("\n")
    .filter(Boolean)
    .map((line) => {
      const [, value = "0", unit = "MiB"] = /^([\d.]+)(\w+)/.exec(line) ?? [];
      return (Number(value) * (UNITS[unit] ?? 1)) / MB;
    });
}

/** Until the loop's program says that it is there, in a container like Hearth's. */
async function bareRunMs(image: string, { folder, command }: LoopProgram, memoryMb: number): Promise<number> {
  const began = performance.now();
  const limits = [`--memory=${memoryMb}m`, `--memory-swap=${memoryMb}m`];
  const args = ["run", "--rm", ...limits, ...CONTAINER, "--volume", `${folder}:/floor:ro`, image, ...command];
  const bare = spawn("docker", args, { stdio: ["ignore", "pipe", "inherit"] });
  await once(bare.stdout, "data");
  const took = performance.now() - began;
  if (bare.exitCode === null) await once(bare, "exit");
  return took;
}

/** First calls with a booted sandbox, and what environments hold when they have run. */
async function booted(hearth: RunningHearth, language: BenchLanguage): Promise<Pick<Measured, "firstMs" | "idleMb">> {
  const before = new Set(await containersOf(hearth.dataDirectory));
  const names = await createMany(hearth, language, FIRST_CALLS);
  // The next sandbox boots during the pause.
  const times = await firstCalls(hearth, names, 2_500);
  await clock.sleep(2_000);
  const containers = (await containersOf(hearth.dataDirectory)).filter((name) => !before.has(name));
  return { firstMs: median(times), idleMb: median(await heldMb(containers)) };
}

using languages = await benchLanguages();
const chosen = languages.all.filter(({ name }) => !ONLY || ONLY.includes(name) || name === "Node.js");
say(`load of the machine at the start: ${loadavg()[0]?.toFixed(1)}; ${ROUNDS} interleaved rounds`);
const measured = new Map<BenchLanguage, Measured>();
{
  await using hearth = await startHearth({ driver: "docker", env: { HEARTH_LOG_LEVEL: "warn" } });
  for (const language of chosen) {
    const figures = { ...(await warm(hearth, language)), ...(await booted(hearth, language)) };
    measured.set(language, figures);
  }
}
const cold = new Map<BenchLanguage, { readonly hearthMs: number; readonly bareMs: number }>();
{
  await using hearth = await startHearth({
    driver: "docker",
    env: { HEARTH_LOG_LEVEL: "warn", HEARTH_BOOTED_SANDBOXES: "0" },
  });
  for (const language of chosen) {
    const [unmeasured = "", ...names] = await createMany(hearth, language, COLD_STARTS + 1);
    // The first start of a process waits for the network and its firewall, which are made once.
    await firstCalls(hearth, [unmeasured], 0);
    const image = await runtimeImage(language.image);
    const bare: number[] = [];
    const starts: number[] = [];
    for (const name of names) {
      // Hearth makes ready what the next start takes a second after this one: not beside what is measured.
      starts.push(...(await firstCalls(hearth, [name], UNTIL_READY_MS)));
      await clock.sleep(UNTIL_READY_MS);
      bare.push(await bareRunMs(image, language.loop, language.MemorySize));
    }
    cold.set(language, { hearthMs: median(starts), bareMs: median(bare) });
  }
}

const nodeRatio = [...measured].find(([{ name }]) => name === "Node.js")?.[1];
const ratioOf = ({ floor, hearth }: Pick<Measured, "floor" | "hearth">): number => hearth / floor;
say(
  "| | warm: loop, requests/s | through Hearth | ratio | of Node's | first call, booted, ms | on demand, ms | bare docker run, ms | ratio | idle, MB |",
);
say("|---|---|---|---|---|---|---|---|---|---|");
for (const [language, figures] of measured) {
  const { hearthMs = Number.NaN, bareMs = Number.NaN } = cold.get(language) ?? {};
  const cells = [
    language.name,
    figures.floor.toFixed(0),
    figures.hearth.toFixed(0),
    `${(ratioOf(figures) * 100).toFixed(0)} %`,
    nodeRatio ? `${((ratioOf(figures) / ratioOf(nodeRatio)) * 100).toFixed(0)} %` : "",
    `${figures.firstMs.toFixed(0)} (${language.goals.firstMs ?? "-"})`,
    hearthMs.toFixed(0),
    bareMs.toFixed(0),
    (hearthMs / bareMs).toFixed(2),
    `${figures.idleMb.toFixed(0)} (${language.goals.idleMb ?? "-"})`,
  ];
  say(`| ${cells.join(" | ")} |`);
}
say(`load of the machine at the end: ${loadavg()[0]?.toFixed(1)}; goals in brackets`);
