import { accounts } from "./accounts.ts";
import { AdminError } from "./adminClient.ts";
import { audit } from "./audit.ts";
import { CommandLineError } from "./commandLine.ts";
import { keys } from "./keys.ts";
import type { Terminal } from "./terminal.ts";
import { usage } from "./usage.ts";
import { version } from "./version.ts";

const HELP = `hearth: manages a running Hearth

  hearth usage [--from DAY] [--to DAY] [--function NAME] [--json]
      prints usage by day and function, from DAY to DAY inclusive; days are UTC, such as 2026-01-31
  hearth usage --services [--from DAY] [--to DAY] [--service NAME] [--json]
      what was used of the other services, such as bytes of logs, summed by day, service and resource
  hearth accounts list [--json]
  hearth accounts create [ID] [--name NAME]
      creates an account and prints its id; without ID the id is random
  hearth accounts delete ID
  hearth keys list [--account ID] [--json]
  hearth keys create [--account ID] [--user NAME] [--json]
      creates a root key of the account, or a key of the IAM user NAME; prints its secret, which is shown only once
  hearth keys rotate KEY [--json]
      creates another key for the same account or user; KEY stays valid until it is deleted
  hearth keys disable|enable|delete KEY
      takes effect immediately; an account's root and each user can have two keys, so that a key can be replaced without a gap
  hearth backup create FILE [--without-master-key]
      writes all of Hearth as it is at this moment into FILE, while Hearth runs; run it where Hearth runs, with Hearth's settings
  hearth backup verify FILE
  hearth backup restore FILE
      into an empty data directory and an empty database, with the settings of the new Hearth
  hearth master-key rotate
      encrypts all secrets in the database with a new master key; run it where Hearth runs, with Hearth's settings
  hearth audit [--account ID] [--user NAME] [--operation NAME] [--resource ARN|NAME] [--from TIME] [--to TIME] [--limit N] [--json]
      prints calls that changed something or were denied, the latest 50 unless --limit says otherwise; a TIME is a day in UTC, or 2026-01-31T10:00:00Z
  hearth audit --follow [--account ID] [--user NAME] [--operation NAME] [--resource ARN|NAME] [--json]
      prints such calls as they are made, until it is interrupted
  hearth version
  hearth --help

Requests go to AWS_ENDPOINT_URL (default: http://127.0.0.1:4566) and are signed with AWS_ACCESS_KEY_ID,
AWS_SECRET_ACCESS_KEY and AWS_REGION, as the aws command does. Only the owner's key can manage accounts and keys and read other accounts' audit trails.`;

/** Runs one command line and resolves with the exit code: 0 for success, 1 for a failure, 2 for a wrong command line. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  try {
    await command(args, terminal);
    return 0;
  } catch (error) {
    if (error instanceof CommandLineError) {
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
    case "audit":
      return await audit(rest, terminal);
    case "version":
    case "--version":
      return terminal.out(version());
    case "help":
    case "--help":
    case "-h":
    case undefined:
      return terminal.out(HELP);
    default:
      throw new CommandLineError(`there is no command ${name}`);
  }
}
