import { ACCOUNTS } from "./accounts.ts";
import { audit } from "./audit.ts";
import { type Command, command, type CommandHelp } from "./command.ts";
import { completionOf } from "./completion.ts";
import { EVENTS } from "./events.ts";
import { FUNCTIONS } from "./functions.ts";
import { KEYS } from "./keys.ts";
import { LOCAL_COMMANDS } from "./localCommands.ts";
import { lint } from "./lint.ts";
import { logs } from "./logs.ts";
import { status } from "./status.ts";
import { usage } from "./usage.ts";
import { version } from "./version.ts";

const showVersion = command({
  name: "version",
  positionals: [],
  options: {},
  summary: "prints the version of this program",
  examples: ["hearth version"],
  run: (_given, { out }) => Promise.resolve(out(version())),
});

const REMOTE: readonly Command[] = [status, ...FUNCTIONS, ...EVENTS, lint, logs, usage, ...ACCOUNTS, ...KEYS, audit];
const completion = completionOf([...LOCAL_COMMANDS, ...REMOTE, showVersion]);

/** The commands that this package runs. */
export const OWN_COMMANDS: readonly Command[] = [...REMOTE, completion, showVersion];

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandHelp[] = [...REMOTE, ...LOCAL_COMMANDS, completion, showVersion];
