import { stripVTControlCharacters } from "node:util";
import { command } from "./command.ts";
import { FollowedEvents } from "./followedEvents.ts";
import { type LogEvent, logsClient } from "./logsClient.ts";
import { since } from "./since.ts";
import { RequestError, sendSigned } from "./signedRequest.ts";
import type { Terminal } from "./terminal.ts";

const POLL_MS = 1_000;
/** As the runtimes of AWS write what a function logs. */
const STARTS_WITH_TIME = /^(\[\w+\]\t)?\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/;

interface Wanted {
  readonly group: string;
  readonly from: number;
  readonly filter: string | undefined;
}

export const logs = command({
  name: "logs",
  positionals: ["FUNCTION"],
  options: {
    follow: { type: "boolean", short: "f", text: "goes on with new lines as they come, until it is interrupted" },
    since: {
      type: "string",
      value: "TIME",
      text: "how far back: 30s, 10m, 2h, 3d, or a moment such as 2026-01-31T10:00:00Z; 1h by default",
    },
    filter: { type: "string", value: "PATTERN", text: "only lines that match this filter pattern of CloudWatch Logs" },
    json: { type: "boolean", text: "prints each line as one JSON object" },
  },
  summary: "prints what a function logged",
  examples: ["hearth logs hello", "hearth logs -f hello", "hearth logs hello --since 1d --filter ERROR"],
  async run({ values, positionals: [name = ""] }, terminal) {
    const from = since(values.since ?? "1h", terminal.now());
    const group = await groupOf(name, terminal);
    const print = ({ logStreamName, timestamp, message }: LogEvent): void =>
      terminal.out(
        values.json ? JSON.stringify({ timestamp, logStreamName, message }) : logLine(new Date(timestamp), message),
      );
    const wanted = { group, from, filter: values.filter };
    if (values.follow) return await follow(wanted, terminal, print);
    if ((await read(name, wanted, terminal, print)) === 0 && !values.json) {
      terminal.complain(`no lines in ${group} since ${new Date(from).toISOString()}; --since 7d looks further back`);
    }
  },
});

/** The log group that the function writes to; also that of a function that has been deleted. */
async function groupOf(name: string, { env }: Terminal): Promise<string> {
  const path = `/2015-03-31/functions/${encodeURIComponent(name)}/configuration`;
  try {
    const found = (await sendSigned(env, { service: "lambda", method: "GET", path })) as {
      readonly LoggingConfig?: { readonly LogGroup?: string };
      readonly FunctionName?: string;
    };
    return found.LoggingConfig?.LogGroup ?? `/aws/lambda/${found.FunctionName ?? name}`;
  } catch (error) {
    // Who may read logs need not be allowed to read functions.
    const isHidden = error instanceof RequestError && (error.status === 404 || error.code === "AccessDeniedException");
    if (isHidden && /^[\w-]+$/.test(name)) return `/aws/lambda/${name}`;
    throw error;
  }
}

/** Prints all there is and resolves with the number of events. */
async function read(
  name: string,
  wanted: Wanted,
  { env }: Terminal,
  print: (event: LogEvent) => void,
): Promise<number> {
  let count = 0;
  try {
    for await (const event of logsClient(env).events(wanted)) {
      print(event);
      count++;
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new RequestError(
      `there is no log group ${wanted.group}: ${name} has not logged yet, or there is no such function`,
    );
  }
  return count;
}

/** Prints events as they are stored, until the process is ended. Goes on when Hearth is away for a while. */
async function follow(wanted: Wanted, terminal: Terminal, print: (event: LogEvent) => void): Promise<never> {
  const client = logsClient(terminal.env);
  const seen = new FollowedEvents(wanted.from);
  let isAway = false;
  for (let isFirst = true; ; isFirst = false) {
    try {
      for await (const event of client.events({ ...wanted, from: seen.from })) if (seen.isNew(event)) print(event);
      seen.forgetOld();
      isAway = false;
    } catch (error) {
      const isConnection = error instanceof RequestError && (error.status === 0 || error.status >= 500);
      if (isMissing(error)) {
        if (isFirst) terminal.complain(`${wanted.group} is not there yet: waiting for the first line`);
      } else if (isFirst || !isConnection) throw error;
      else if (!isAway) {
        isAway = true;
        terminal.complain(`${error.message} Trying again until it is back.`);
      }
    }
    await terminal.sleep(POLL_MS);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof RequestError && error.code === "ResourceNotFoundException";
}

/**
 * The message after its time, unless it begins with a time of its own. What functions wrote must not move the terminal's cursor: escape sequences are left out,
 * other control characters are shown as `?`; line ends and tabs stay.
 */
export function logLine(time: Date, message: string): string {
  const text = stripVTControlCharacters(message.replace(/\n$/, "")).replace(/[\p{Cc}--[\n\t]]/gv, "?");
  return STARTS_WITH_TIME.test(text) ? text : `${time.toISOString()} ${text}`;
}
