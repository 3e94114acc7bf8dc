import { checkFree } from "../listen.ts";
import { type Config, formatAddress } from "../config.ts";
import { launcherMetrics } from "../launcherMetrics.ts";
import { StartError } from "../startError.ts";
import type { DoctorDeps } from "./doctorDeps.ts";
import { fail, type Finding, messageOf, ok, warn } from "./finding.ts";

const CHECK = "Hearth";
const PATIENCE_MS = 5_000;
/** Signatures are refused from 5 minutes on. */
const CLOCK_DIFFERENCE_MS = 60_000;

/** Whether a Hearth answers where clients look for it: at AWS_ENDPOINT_URL, else where the settings let it listen. */
export async function hearthFinding(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
  { clock }: DoctorDeps,
): Promise<Finding> {
  const endpoint = env["AWS_ENDPOINT_URL"] || addressOf(config);
  try {
    const response = await fetch(new URL("/readyz", endpoint), { signal: AbortSignal.timeout(PATIENCE_MS) });
    const [first = "", ...problems] = (await response.text()).trim().split("\n");
    return answerFinding({ endpoint, response, first, problems, nowMs: clock.now() });
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    if (!env["AWS_ENDPOINT_URL"]) return ok(CHECK, `none runs at ${endpoint}`);
    const found = `none answers at AWS_ENDPOINT_URL=${endpoint} (${messageOf(cause)})`;
    return warn(CHECK, found, "start it, or correct AWS_ENDPOINT_URL");
  }
}

interface Answer {
  readonly endpoint: string;
  readonly response: Response;
  readonly first: string;
  readonly problems: readonly string[];
  readonly nowMs: number;
}

function answerFinding({ endpoint, response, first, problems, nowMs }: Answer): Finding {
  if (!response.ok && response.status !== 503) {
    return fail(
      CHECK,
      `another program answers at ${endpoint}`,
      "stop it, or set HEARTH_LISTEN and AWS_ENDPOINT_URL to another port",
    );
  }
  if (!response.ok) return fail(CHECK, `the one at ${endpoint} is not ready: ${first}`, "wait, or read its log");
  if (problems.length > 0)
    return fail(CHECK, `the one at ${endpoint} says: ${problems.join("; ")}`, "read its log; hearth status says more");
  const differenceMs = Math.abs(Date.parse(response.headers.get("date") ?? "") - nowMs);
  if (differenceMs > CLOCK_DIFFERENCE_MS) {
    return warn(
      CHECK,
      `the clock of the one at ${endpoint} differs from this machine's by ${Math.round(differenceMs / 1000)} s`,
      "synchronise both clocks",
    );
  }
  return ok(CHECK, `ready at ${endpoint}`);
}

function addressOf({ HEARTH_LISTEN: { host, port } }: Config): string {
  const reachable = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return `http://${formatAddress({ host: reachable, port })}`;
}

/** Whether the ports of a start are free, unless this Hearth runs and has them. */
export async function portFindings(config: Config): Promise<readonly Finding[]> {
  const { HEARTH_ROLE: role, HEARTH_LISTEN: endpoint, HEARTH_METRICS_LISTEN: metrics } = config;
  if (await isReady(addressOf(config))) return [ok("ports", "Hearth runs and has them")];
  const next = role === "all" ? launcherMetrics(config) : undefined;
  const wanted = [
    ...(role === "launcher" ? [] : [{ setting: "HEARTH_LISTEN", address: endpoint }]),
    ...[metrics, next].flatMap((address) => (address ? [{ setting: "HEARTH_METRICS_LISTEN", address }] : [])),
  ];
  const findings: Finding[] = [];
  for (const { setting, address } of wanted) {
    try {
      await checkFree(address, setting);
      findings.push(ok("ports", `${formatAddress(address)} is free (${setting})`));
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      findings.push(fail("ports", error.message.replace(/\.$/, ""), `free the port, or change ${setting}`));
    }
  }
  return findings;
}

async function isReady(endpoint: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/readyz", endpoint), { signal: AbortSignal.timeout(PATIENCE_MS) });
    return response.ok && (await response.text()).startsWith("ready");
  } catch {
    return false; // nothing listens there, or another program: the ports are tried next
  }
}
