import { adminClient } from "./adminClient.ts";
import { command, JSON_OPTION } from "./command.ts";
import { CommandLineError } from "./commandLine.ts";
import { areSame, compared, comparisonTable } from "./comparison.ts";
import { type EventRow, eventTable, eventText, type WholeEvent } from "./eventTexts.ts";
import { RequestError } from "./signedRequest.ts";
import { since } from "./since.ts";
import { type DeliveryRow, deliveryTable, deliveryText } from "./undelivered.ts";

const SINCE = {
  type: "string",
  value: "TIME",
  text: "only events accepted since then: 30s, 10m, 2h, 3d or a moment",
} as const;

const UNDELIVERED = {
  type: "boolean",
  text: "messages to targets that wait to be sent or were given up, instead of invocations",
} as const;

const list = command({
  name: "events list",
  positionals: ["[FUNCTION]"],
  options: {
    undelivered: UNDELIVERED,
    state: {
      type: "string",
      value: "STATE",
      text: "waiting, running, succeeded or failed; with --undelivered waiting or dead",
    },
    since: SINCE,
    limit: { type: "string", value: "N", text: "at most so many; 50 by default, 500 at most" },
    json: JSON_OPTION,
  },
  summary: "lists the latest asynchronous invocations of FUNCTION, or of all functions, latest first",
  details:
    "With --undelivered it lists what functions, topics, rules and schedules could not deliver to their targets; FUNCTION may then also be the ARN of a topic, a rule or a schedule.",
  examples: [
    "hearth events list hello",
    "hearth events list --state failed --since 2h",
    "hearth events list --undelivered",
  ],
  async run({ values, positionals: [name] }, { env, out, now }) {
    const query = {
      ...(name !== undefined && { [values.undelivered ? "source" : "function"]: name }),
      ...(values.state !== undefined && { state: values.state }),
      ...(values.since !== undefined && { from: new Date(since(values.since, now())).toISOString() }),
      ...(values.limit !== undefined && { limit: values.limit }),
    };
    if (values.undelivered) {
      const answer = (await adminClient(env).get("/_hearth/deliveries", query)) as { deliveries: DeliveryRow[] };
      out(values.json ? JSON.stringify(answer.deliveries, null, 2) : deliveryTable(answer.deliveries));
      return;
    }
    const { events } = (await adminClient(env).get("/_hearth/events", query)) as { readonly events: EventRow[] };
    out(values.json ? JSON.stringify(events, null, 2) : eventTable(events, name === undefined));
  },
});

const show = command({
  name: "events show",
  positionals: ["ID"],
  options: { json: JSON_OPTION },
  summary: "shows one asynchronous invocation: its last runs with their errors, and what was not delivered of it",
  details:
    "ID is the request id that the caller got, and that is in the function's log; or that of a message that was not delivered.",
  examples: ["hearth events show 8ff8d1c6-1234-4abc-8def-0123456789ab"],
  async run({ values, positionals: [id = ""] }, { env, out }) {
    const client = adminClient(env);
    const event = (await unlessMissing(client.get(pathOf(id), {}))) as WholeEvent | undefined;
    if (event) return out(values.json ? JSON.stringify(event, null, 2) : eventText(event));
    const delivery = (await client.get(deliveryPath(id), {})) as DeliveryRow;
    out(values.json ? JSON.stringify(delivery, null, 2) : deliveryText(delivery));
  },
});

const replay = command({
  name: "events replay",
  positionals: ["[ID...]"],
  options: {
    function: { type: "string", value: "NAME", text: "all failed events of this function that were not replayed yet" },
    undelivered: { type: "boolean", text: "messages that were given up: those of the IDs, of --source, or all" },
    source: {
      type: "string",
      value: "NAME",
      text: "with --undelivered: a function, or the ARN of a topic, rule or schedule",
    },
    since: SINCE,
    rate: { type: "string", value: "N", text: "events per second; 100 by default" },
    qualifier: { type: "string", value: "NAME", text: "the version or alias to send them to, instead of their own" },
    compare: { type: "boolean", text: "waits for the replays and compares their answers with those of the events" },
    wait: { type: "string", value: "SECONDS", text: "with --compare: how long it waits; 60 by default" },
    json: JSON_OPTION,
  },
  summary:
    "sends finished asynchronous invocations to their function again, or messages that were given up to their targets",
  details:
    "A replay is a new event with an id of its own. An event whose payload was removed cannot be replayed. At most 1,000 are replayed at once; the command says so when there are more.",
  failure: "nothing was replayed; with --compare, an answer differs or a replay is not finished",
  examples: [
    "hearth events replay 8ff8d1c6-1234-4abc-8def-0123456789ab",
    "hearth events replay --function hello --since 2h --rate 10 --qualifier live --compare",
    "hearth events replay --undelivered --source hello",
  ],
  async run({ values, positionals: ids }, terminal) {
    const { env, out, now } = terminal;
    const { function: name, undelivered, source, compare, qualifier } = values;
    if (undelivered && (name !== undefined || compare || qualifier !== undefined)) {
      throw new CommandLineError("--undelivered goes with IDs, --source, --since and --rate only");
    }
    if (!undelivered && (source !== undefined || (ids.length === 0) === (name === undefined))) {
      throw new CommandLineError("give either IDs of events or --function NAME, or --undelivered");
    }
    const wish = {
      ...(ids.length > 0 && { ids }),
      ...(values.since !== undefined && { from: new Date(since(values.since, now())).toISOString() }),
      ...(values.rate !== undefined && { rate: wholeNumber("--rate", values.rate) }),
    };
    const client = adminClient(env);
    if (undelivered) {
      const path = "/_hearth/deliveries/replay";
      const sent = (await client.send("POST", path, { ...wish, ...(source !== undefined && { source }) })) as Resent;
      out(values.json ? JSON.stringify(sent, null, 2) : resentText(sent));
      return ids.length > 0 && sent.replayed.length === 0 ? 1 : 0;
    }
    const answer = (await client.send("POST", "/_hearth/events/replay", {
      ...wish,
      ...(name !== undefined && { function: name }),
      ...(qualifier !== undefined && { qualifier }),
    })) as { readonly replayed: { readonly id: string; readonly replayOf: string }[]; readonly isLimited: boolean };
    const { replayed, isLimited } = answer;
    if (compare && replayed.length > 0) {
      const waitMs = wholeNumber("--wait", values.wait ?? "60") * 1_000;
      const comparisons = await compared(
        client,
        replayed.map(({ id }) => id),
        waitMs,
        terminal,
      );
      out(values.json ? JSON.stringify({ comparisons, isLimited }, null, 2) : comparisonTable(comparisons));
      return areSame(comparisons) ? 0 : 1;
    }
    if (values.json) out(JSON.stringify(answer, null, 2));
    else out(replayText(replayed, isLimited));
    return ids.length > 0 && replayed.length === 0 ? 1 : 0;
  },
});

const cancel = command({
  name: "events cancel",
  positionals: ["ID"],
  options: {},
  summary: "ends an asynchronous invocation, or gives up a message, that waits for its next attempt",
  examples: ["hearth events cancel 8ff8d1c6-1234-4abc-8def-0123456789ab"],
  async run({ positionals: [id = ""] }, { env, out }) {
    const client = adminClient(env);
    const isEvent = await unlessMissing(client.send("DELETE", pathOf(id)).then(() => true));
    if (!isEvent) await client.send("DELETE", deliveryPath(id));
    out(`Cancelled ${id}.`);
  },
});

interface Resent {
  readonly replayed: readonly string[];
  readonly isLimited: boolean;
}

function resentText({ replayed, isLimited }: Resent): string {
  if (replayed.length === 0)
    return "Nothing is sent again: there is no such message that was given up and has its body.";
  const more = isLimited ? " There may be more: run the command again." : "";
  return `${replayed.length === 1 ? "1 message is" : `${replayed.length} messages are`} sent again.${more}`;
}

/** Resolves with `undefined` where the answer is that there is no such thing. */
async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return undefined;
    throw error;
  }
}

function deliveryPath(id: string): string {
  return `/_hearth/deliveries/${encodeURIComponent(id)}`;
}

export const EVENTS = [list, show, replay, cancel] as const;

function pathOf(id: string): string {
  return `/_hearth/events/${encodeURIComponent(id)}`;
}

function wholeNumber(option: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new CommandLineError(`${option} ${text} is not a whole number`);
  return Number(text);
}

function replayText(replayed: readonly { readonly id: string }[], isLimited: boolean): string {
  if (replayed.length === 0) return "Nothing was replayed: there is no such finished event with its payload.";
  const [only] = replayed;
  if (only && replayed.length === 1) return `Replayed as ${only.id}.`;
  return `Replayed ${replayed.length} events.${isLimited ? " There may be more: run the command again." : ""}`;
}
