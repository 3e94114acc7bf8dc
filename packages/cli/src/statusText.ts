import type { Environments, Status, WholeStatus } from "./wholeStatus.ts";

const LABEL_WIDTH = 14;

/** What `hearth status` prints. */
export function statusText({ endpoint, isReady, status, environments, problems }: WholeStatus, nowMs: number): string {
  const lines = [
    `Hearth${status ? ` ${status.version}` : ""} at ${endpoint} is ${isReady ? "ready" : "not ready"}`,
    ...(status ? statusLines(status, nowMs) : []),
    ...(environments ? environmentLines(environments) : []),
    ...(status ? storageLines(status) : ["  (the rest is for a root key of the owner's account)"]),
    ...(problems.length === 0 ? ["Nothing is wrong."] : ["Not right:", ...problems.map((problem) => `  - ${problem}`)]),
  ];
  return lines.join("\n");
}

function statusLines({ processes, startedAt, regions, accounts, functions }: Status, nowMs: number): string[] {
  const counts = new Map<string, number>();
  for (const role of processes) counts.set(role, (counts.get(role) ?? 0) + 1);
  const roles = [...counts].map(([role, count]) => (count > 1 ? `${role} (${count})` : role));
  return [
    labelled("up since", `${startedAt.slice(0, 19)}Z (${duration(nowMs - Date.parse(startedAt))})`),
    labelled("roles", roles.join(", ") || "unknown"),
    labelled("regions", regions.join(", ")),
    ...(functions === null ? [] : [labelled("functions", `${functions}, accounts: ${accounts ?? "unknown"}`)]),
  ];
}

function environmentLines({ driver, frozen, bootedAhead, requestsWaiting, functions }: Environments): string[] {
  const sum = (of: (it: (typeof functions)[number]) => number): number =>
    functions.reduce((all, it) => all + of(it), 0);
  const [warm, busy, starting] = [sum((it) => it.warm), sum((it) => it.busy), sum((it) => it.starting)];
  return [
    labelled("driver", driver === "process" ? "process: functions run without isolation" : driver),
    labelled(
      "environments",
      `${busy} busy, ${warm} idle (${frozen} frozen), ${starting} starting; ${bootedAhead} booted ahead`,
    ),
    labelled("requests", `${requestsWaiting} wait for an environment`),
  ];
}

function storageLines({ events, database, disk }: Status): string[] {
  const { description, version, sizeBytes } = database;
  const age = events && events.unfinished > 0 ? `, the oldest for ${duration(events.oldestAgeMs)}` : "";
  const { directory, freeBytes, totalBytes } = disk;
  return [
    labelled("events", events ? `${events.unfinished} wait or run${age}` : "unknown"),
    labelled(
      "database",
      [
        `${description}${version === null ? "" : `, version ${version}`}`,
        sizeBytes === null ? "size unknown" : size(sizeBytes),
      ].join(", "),
    ),
    labelled(
      "disk",
      freeBytes === null ? "unknown" : `${size(freeBytes)} of ${size(totalBytes ?? 0)} free in ${directory}`,
    ),
  ];
}

function labelled(label: string, text: string): string {
  return `  ${label.padEnd(LABEL_WIDTH)}${text}`;
}

/** Such as `12.3 GB`, in units of 1,000. */
export function size(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Such as `3 h 12 min`, two units at most. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "min"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
