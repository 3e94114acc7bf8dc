import { accounts } from "./accounts.ts";
import { adminClient, AdminError } from "./adminClient.ts";
import { keys } from "./keys.ts";
import { parseUsage, usageTable } from "./usage.ts";
import { version } from "./version.ts";
import { parse, WrongUse } from "./wrongUse.ts";

export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  out(text: string): void;
  complain(text: string): void;
}

const HELP = `hearth: looks after a running Hearth

  hearth usage [--from DAY] [--to DAY] [--function NAME] [--json]
      what functions used, summed by day and function; days are UTC, as 2026-01-31; both ends included
  hearth accounts list [--json]
  hearth accounts create [ID] [--name NAME]
      makes an account, with a random id unless one is given, and prints its id
  hearth accounts delete ID
  hearth keys list [--account ID] [--json]
  hearth keys create [--account ID] [--user NAME] [--json]
      makes a key that may do everything in the account, or that of an IAM user; its secret is shown this once
  hearth keys rotate KEY [--json]
      makes the key that follows it, for the same account or user; KEY holds until it is deleted
  hearth keys disable|enable|delete KEY
      at once, everywhere; an account's root and a user have two keys each at most, so that one can be changed for another
  hearth version
  hearth --help

It talks to AWS_ENDPOINT_URL (http://127.0.0.1:4566 unless set) and signs with AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_REGION, the same that the aws command uses. Accounts and keys are for the owner's key.`;

/** Carries out one command line and resolves with the exit code: 0, 1 for a failure, 2 for wrong use. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await command(args, terminal);
    return 0;
  } catch (error) {
    if (error instanceof WrongUse) {
      terminal.complain(`${error.message}\n\n${HELP}`);
      return 2;
    }
    if (!(error instanceof AdminError)) throw error;
    terminal.complain(error.message);
    return 1;
  }
}

async function command([name, ...rest]: readonly string[], terminal: Terminal): Promise<void> {
  const end = rest.indexOf("--");
  if ((end < 0 ? rest : rest.slice(0, end)).some((arg) => arg === "--help" || arg === "-h")) return terminal.out(HELP);
  switch (name) {
    case "usage":
      return await usage(rest, terminal);
    case "accounts":
      return await accounts(rest, terminal);
    case "keys":
      return await keys(rest, terminal);
    case "version":
    case "--version":
      return terminal.out(version());
    case "help":
    case "--help":
    case "-h":
    case undefined:
      return terminal.out(HELP);
    default:
      throw new WrongUse(`there is no command ${name}`);
  }
}

async function usage(args: readonly string[], { env, out }: Terminal): Promise<void> {
  const { from, to, function: functionName, json } = usageOptions(args);
  const query = Object.entries({ from, to, function: functionName }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  const rows = parseUsage(await adminClient(env).get("/_hearth/usage", Object.fromEntries(query)));
  out(json ? JSON.stringify(rows, null, 2) : usageTable(rows));
}

function usageOptions(args: readonly string[]): { from?: string; to?: string; function?: string; json?: boolean } {
  const options = {
    from: { type: "string" },
    to: { type: "string" },
    function: { type: "string" },
    json: { type: "boolean" },
  } as const;
  const { values, positionals } = parse(args, options);
  if (positionals.length > 0) throw new WrongUse(`what is ${positionals.join(" ")}?`);
  return values;
}
