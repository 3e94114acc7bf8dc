import { adminClient } from "./adminClient.ts";
import { command, JSON_OPTION } from "./command.ts";
import { CommandLineError } from "./commandLine.ts";
import { since } from "./since.ts";
import { textTable, withoutControls } from "./textTable.ts";

/** An asynchronous invocation as the admin API shows it. */
export interface EventRow {
  readonly id: string;
  readonly function: string;
  readonly qualifier?: string;
  readonly state: string;
  readonly condition?: string;
  readonly acceptedAt: string;
  readonly dueAt?: string;
  readonly finishedAt?: string;
  readonly runs: number;
  readonly lastError?: string;
}

/** One with its last runs and what could not be delivered of it. */
export interface WholeEvent extends EventRow {
  readonly payloadBytes: number;
  readonly payloadKept: boolean;
  readonly replayOf?: string;
  readonly replays: readonly string[];
  readonly attempts: readonly {
    readonly run: number;
    readonly endedAt: string;
    readonly durationMs: number;
    readonly outcome: string;
    readonly error?: string;
  }[];
  readonly undelivered: readonly {
    readonly purpose: string;
    readonly target: string;
    readonly state: string;
    readonly attempts: number;
    readonly lastError: string;
  }[];
}

const SINCE = {
  type: "string",
  value: "TIME",
  text: "only events accepted since then: 30s, 10m, 2h, 3d or a moment",
} as const;

const list = command({
  name: "events list",
  positionals: ["FUNCTION"],
  options: {
    state: { type: "string", value: "STATE", text: "waiting, running, succeeded or failed" },
    since: SINCE,
    limit: { type: "string", value: "N", text: "at most so many; 50 by default, 500 at most" },
    json: JSON_OPTION,
  },
  summary: "lists the latest asynchronous invocations of FUNCTION, latest first",
  examples: ["hearth events list hello", "hearth events list hello --state failed --since 2h"],
  async run({ values, positionals: [name = ""] }, { env, out, now }) {
    const query = {
      function: name,
      ...(values.state !== undefined && { state: values.state }),
      ...(values.since !== undefined && { from: new Date(since(values.since, now())).toISOString() }),
      ...(values.limit !== undefined && { limit: values.limit }),
    };
    const { events } = (await adminClient(env).get("/_hearth/events", query)) as { readonly events: EventRow[] };
    out(values.json ? JSON.stringify(events, null, 2) : eventTable(events));
  },
});

const show = command({
  name: "events show",
  positionals: ["ID"],
  options: { json: JSON_OPTION },
  summary: "shows one asynchronous invocation: its last runs with their errors, and what was not delivered of it",
  details: "ID is the request id that the caller got, and that is in the function's log.",
  examples: ["hearth events show 8ff8d1c6-1234-4abc-8def-0123456789ab"],
  async run({ values, positionals: [id = ""] }, { env, out }) {
    const event = (await adminClient(env).get(pathOf(id), {})) as WholeEvent;
    out(values.json ? JSON.stringify(event, null, 2) : eventText(event));
  },
});

const replay = command({
  name: "events replay",
  positionals: ["[ID]"],
  options: {
    function: { type: "string", value: "NAME", text: "all failed events of this function that were not replayed yet" },
    since: SINCE,
    rate: { type: "string", value: "N", text: "events per second; 100 by default" },
    qualifier: { type: "string", value: "NAME", text: "the version or alias to send them to, instead of their own" },
    json: JSON_OPTION,
  },
  summary: "sends a finished asynchronous invocation to its function again, or all failed ones of a function",
  details:
    "A replay is a new event with an id of its own. An event whose payload was removed cannot be replayed. At most 1,000 are replayed at once; the command says so when there are more.",
  examples: [
    "hearth events replay 8ff8d1c6-1234-4abc-8def-0123456789ab",
    "hearth events replay --function hello --since 2h --rate 10 --qualifier live",
  ],
  async run({ values, positionals: [id] }, { env, out, now }) {
    if ((id === undefined) === (values.function === undefined)) {
      throw new CommandLineError("give either the ID of an event or --function NAME");
    }
    const answer = (await adminClient(env).send("POST", "/_hearth/events/replay", {
      ...(id !== undefined && { ids: [id] }),
      ...(values.function !== undefined && { function: values.function }),
      ...(values.since !== undefined && { from: new Date(since(values.since, now())).toISOString() }),
      ...(values.rate !== undefined && { rate: wholeNumber("--rate", values.rate) }),
      ...(values.qualifier !== undefined && { qualifier: values.qualifier }),
    })) as { readonly replayed: { readonly id: string; readonly replayOf: string }[]; readonly isLimited: boolean };
    if (values.json) out(JSON.stringify(answer, null, 2));
    else out(replayText(answer.replayed, answer.isLimited));
    return id !== undefined && answer.replayed.length === 0 ? 1 : 0;
  },
});

const cancel = command({
  name: "events cancel",
  positionals: ["ID"],
  options: {},
  summary: "ends an asynchronous invocation that waits for its first run or a retry",
  examples: ["hearth events cancel 8ff8d1c6-1234-4abc-8def-0123456789ab"],
  async run({ positionals: [id = ""] }, { env, out }) {
    await adminClient(env).send("DELETE", pathOf(id));
    out(`Cancelled ${id}.`);
  },
});

export const EVENTS = [list, show, replay, cancel] as const;

function pathOf(id: string): string {
  return `/_hearth/events/${encodeURIComponent(id)}`;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CommandLineError(`${option} ${text} is not a whole number`);
  return Number(text);
}

export function eventTable(events: readonly EventRow[]): string {
  if (events.length === 0) return "There are no such events.";
  return textTable(
    ["ID", "ACCEPTED", "QUALIFIER", "STATE", "RUNS", "LAST ERROR"],
    events.map((event) => [
      event.id,
      moment(event.acceptedAt),
      event.qualifier ?? "",
      event.condition === undefined || event.condition === "Success" ? event.state : event.condition,
      String(event.runs),
      short(event.lastError),
    ]),
  );
}

export function eventText(event: WholeEvent): string {
  const { attempts, undelivered, replays } = event;
  const facts = [
    ["id", event.id],
    ["function", event.qualifier === undefined ? event.function : `${event.function}:${event.qualifier}`],
    ["state", event.condition === undefined ? event.state : `${event.state} (${event.condition})`],
    ["accepted", event.acceptedAt],
    event.finishedAt === undefined ? ["next run", event.dueAt ?? ""] : ["finished", event.finishedAt],
    ["payload", `${event.payloadBytes} bytes${event.payloadKept ? "" : ", removed"}`],
    ...(event.replayOf === undefined ? [] : [["replay of", event.replayOf]]),
    ...replays.map((id) => ["replayed as", id]),
  ].map(([name = "", value = ""]) => `${name.padEnd(12)}${value}`);
  const runs = attempts.map(({ run, endedAt, durationMs, outcome, error }) => [
    String(run),
    moment(endedAt),
    `${Math.round(durationMs)} ms`,
    outcome,
    withoutControls(error ?? ""),
  ]);
  const messages = undelivered.map((it) => [
    it.purpose,
    it.target,
    it.state,
    String(it.attempts),
    withoutControls(it.lastError),
  ]);
  return [
    facts.join("\n"),
    ...(runs.length > 0 ? [textTable(["RUN", "ENDED", "TOOK", "OUTCOME", "ERROR"], runs)] : []),
    ...(messages.length > 0 ? [textTable(["NOT DELIVERED", "TARGET", "STATE", "ATTEMPTS", "ERROR"], messages)] : []),
  ].join("\n\n");
}

function replayText(replayed: readonly { readonly id: string }[], isLimited: boolean): string {
  if (replayed.length === 0) return "Nothing was replayed: there is no such finished event with its payload.";
  const [only] = replayed;
  if (only && replayed.length === 1) return `Replayed as ${only.id}.`;
  return `Replayed ${replayed.length} events.${isLimited ? " There may be more: run the command again." : ""}`;
}

const SHORT = 100;

/** One line that fits into a table; a function's own error is shown as `type: message`, without its JSON. */
function short(error = ""): string {
  const line = withoutControls(messageOf(error));
  return line.length > SHORT ? `${line.slice(0, SHORT)}…` : line;
}

function messageOf(error: string): string {
  try {
    const { errorType, errorMessage } = JSON.parse(error) as { errorType?: unknown; errorMessage?: unknown };
    if (typeof errorMessage !== "string") return error;
    return typeof errorType === "string" ? `${errorType}: ${errorMessage}` : errorMessage;
  } catch {
    return error; // not JSON: an error of Hearth, or of a runtime that answers in its own way
  }
}

function moment(iso: string): string {
  return iso.slice(0, 19).replace("T", " ");
}
