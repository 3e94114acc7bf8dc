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

export function eventTable(events: readonly EventRow[], hasFunctions = false): string {
  if (events.length === 0) return "There are no such events.";
  return textTable(
    ["ID", "ACCEPTED", ...(hasFunctions ? ["FUNCTION"] : []), "QUALIFIER", "STATE", "RUNS", "LAST ERROR"],
    events.map((event) => [
      event.id,
      moment(event.acceptedAt),
      ...(hasFunctions ? [event.function] : []),
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
