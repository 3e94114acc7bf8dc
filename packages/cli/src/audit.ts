import { type AdminClient, adminClient } from "./adminClient.ts";
import { type AuditEventRow, auditTable } from "./auditTable.ts";
import { command, JSON_OPTION } from "./command.ts";
import { CommandLineError } from "./commandLine.ts";
import { RequestError } from "./signedRequest.ts";
import type { Terminal } from "./terminal.ts";

const DEFAULT_EVENTS = 50;
const PAGE = 500;
const THROTTLED = 429;
const THROTTLED_WAIT_MS = 2_000;

type Query = Readonly<Record<string, string>>;

export const audit = command({
  name: "audit",
  positionals: [],
  options: {
    account: { type: "string", value: "ID", text: "only calls to this account" },
    user: { type: "string", value: "NAME", text: "only calls of this user or session" },
    operation: { type: "string", value: "NAME", text: "only this operation, such as CreateFunction" },
    resource: { type: "string", value: "ARN|NAME", text: "only calls that concern this resource" },
    from: { type: "string", value: "TIME", text: "a day in UTC, or a time such as 2026-01-31T10:00:00Z" },
    to: { type: "string", value: "TIME", text: "as --from; a day counts to its end" },
    limit: { type: "string", value: "N", text: `how many of the latest calls; ${DEFAULT_EVENTS} by default` },
    follow: { type: "boolean", short: "f", text: "prints calls as they are made, until it is interrupted" },
    json: JSON_OPTION,
  },
  summary: "prints calls that changed something or were denied",
  examples: ["hearth audit --from 2026-01-31 --operation CreateFunction", "hearth audit --follow --user alice"],
  async run({ values }, terminal) {
    const { follow = false, json = false, from, to, limit = String(DEFAULT_EVENTS), ...filters } = values;
    if (!/^[1-9]\d{0,6}$/.test(limit)) throw new CommandLineError("--limit must be a number above 0");
    if (follow && (from !== undefined || to !== undefined)) {
      throw new CommandLineError("--from and --to are not for --follow");
    }
    const client = adminClient(terminal.env);
    if (follow) return await followTrail(client, present(filters), json, terminal);
    const events = await readEvents(client, present({ ...filters, from, to }), Number(limit));
    terminal.out(json ? JSON.stringify(events, null, 2) : auditTable(events));
  },
});

function present(query: Readonly<Record<string, string | undefined>>): Query {
  return Object.fromEntries(Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** The latest events, oldest first. */
async function readEvents(client: AdminClient, query: Query, limit: number): Promise<readonly AuditEventRow[]> {
  const events: AuditEventRow[] = [];
  let marker: Query = {};
  for (;;) {
    const page = (await client.get("/_hearth/audit", {
      ...query,
      ...marker,
      limit: String(Math.min(PAGE, limit - events.length)),
    })) as { readonly events: readonly AuditEventRow[]; readonly nextMarker?: string };
    events.push(...page.events);
    if (page.nextMarker === undefined || events.length >= limit) return events.toReversed();
    marker = { marker: page.nextMarker };
  }
}

interface News {
  readonly events: readonly AuditEventRow[];
  readonly position: string;
}

/** Prints events as they are stored, until the process is ended. */
async function followTrail(client: AdminClient, query: Query, json: boolean, terminal: Terminal): Promise<never> {
  let position: Query = {};
  for (;;) {
    const news = await readNews(client, { ...query, ...position }, terminal);
    position = { position: news.position };
    if (news.events.length === 0) continue;
    terminal.out(json ? news.events.map((event) => JSON.stringify(event)).join("\n") : auditTable(news.events, false));
  }
}

/** Asks again while Hearth refuses because too many ask: the position stays, so that no event is missed. */
async function readNews(client: AdminClient, query: Query, terminal: Terminal): Promise<News> {
  for (let refusals = 0; ; refusals++) {
    try {
      return (await client.get("/_hearth/audit/news", query)) as News;
    } catch (error) {
      if (!(error instanceof RequestError && error.status === THROTTLED)) throw error;
      if (refusals === 0) terminal.complain(`${error.message} (waiting)`);
      await terminal.sleep(THROTTLED_WAIT_MS);
    }
  }
}
