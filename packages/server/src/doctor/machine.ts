import { execFileSync } from "node:child_process";
import { fail, type Finding, ok, warn } from "./finding.ts";

const WANTED_NODE = 24;
/** No Hearth was made before this moment. */
const EARLIEST_MS = Date.parse("2026-01-01T00:00:00Z");

export function nodeFinding(version: string): Finding {
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? 0);
  if (major === WANTED_NODE) return ok("Node", `${version} of the lock file`);
  return fail(
    "Node",
    `${version} runs this, and Hearth needs Node ${WANTED_NODE}`,
    "run npm ci in the clone, and start with npm start",
  );
}

/** A wrong clock makes signatures of clients invalid, and records of usage wrong. */
export function clockFinding(nowMs: number, isSynchronised = synchronised()): Finding {
  const shown = new Date(nowMs).toISOString();
  if (nowMs < EARLIEST_MS)
    return fail(
      "clock",
      `it says ${shown}, which is long ago`,
      "set the clock, such as by chrony or systemd-timesyncd",
    );
  if (isSynchronised === false) {
    return warn(
      "clock",
      `${shown}, not synchronised`,
      "start chrony or systemd-timesyncd: clients more than 5 minutes off are refused",
    );
  }
  return ok("clock", isSynchronised ? `${shown}, synchronised` : `${shown}; whether it is synchronised is unknown`);
}

/** What systemd knows; `undefined` where there is no systemd. */
function synchronised(): boolean | undefined {
  try {
    const said = execFileSync("timedatectl", ["show", "--property=NTPSynchronized", "--value"], {
      encoding: "utf8",
      timeout: 5_000,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return said.trim() === "yes";
  } catch {
    return undefined; // not a machine with systemd
  }
}
