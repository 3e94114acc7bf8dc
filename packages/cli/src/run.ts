import { SystemClock } from "@hearth/kit";
import type { CommandHelp } from "./command.ts";
import { CommandLineError, parseCommandLine } from "./commandLine.ts";
import { COMMANDS, OWN_COMMANDS } from "./commands.ts";
import { commandHelp, overallHelp, usageOf } from "./help.ts";
import { RequestError } from "./signedRequest.ts";
import type { Terminal } from "./terminal.ts";
import { version } from "./version.ts";

const WRONG_USE = 2;
const FAILED = 1;

/** Runs one command line and resolves with the exit code: 0 for success, 1 for a failure, 2 for a wrong command line. */
export async function run(args: readonly string[], given: Omit<Terminal, "now"> & Partial<Terminal>): Promise<number> {
  const clock = new SystemClock();
  const terminal = { now: () => clock.now(), ...given };
  const found = find(args);
  try {
    return await runFound(args, found, terminal);
  } catch (error) {
    if (error instanceof CommandLineError) {
      const help = found
        ? `usage: ${usageOf(found)}\nhearth ${found.name} --help says more`
        : "hearth --help lists the commands";
      terminal.complain(`${error.message}\n${help}`);
      return WRONG_USE;
    }
    if (!(error instanceof RequestError)) throw error;
    terminal.complain(error.message);
    return FAILED;
  }
}

async function runFound(args: readonly string[], found: CommandHelp | undefined, terminal: Terminal): Promise<number> {
  const [first] = args;
  const end = args.indexOf("--");
  const asksForHelp = (end < 0 ? args : args.slice(0, end)).some((arg) => arg === "--help" || arg === "-h");
  if (first === "--version") {
    terminal.out(version());
    return 0;
  }
  if (asksForHelp || first === undefined || first === "help") {
    const about = first === "help" ? args.slice(1) : args;
    terminal.out(helpAbout(about.filter((arg) => arg !== "--help" && arg !== "-h")));
    return 0;
  }
  if (!found) throw unknown(args);
  const own = OWN_COMMANDS.find(({ name }) => name === found.name);
  if (!own) throw new CommandLineError(`hearth ${found.name} is run by bin/hearth.mjs`);
  return await own.run(parseCommandLine(args.slice(found.name.split(" ").length), found), terminal);
}

function helpAbout(args: readonly string[]): string {
  const found = find(args);
  if (found) return commandHelp(found);
  const actions = COMMANDS.filter(({ name }) => name.startsWith(`${args[0]} `));
  return actions.length > 0 ? actions.map(commandHelp).join("\n\n\n") : overallHelp(COMMANDS);
}

/** The command whose name `args` begin with. */
function find(args: readonly string[]): CommandHelp | undefined {
  const names = [args.slice(0, 2).join(" "), args[0] ?? ""];
  return names.map((wanted) => COMMANDS.find(({ name }) => name === wanted)).find((it) => it !== undefined);
}

function unknown([first = "", action]: readonly string[]): CommandLineError {
  const actions = COMMANDS.map(({ name }) => name.split(" ")).flatMap(([name, known]) =>
    name === first && known !== undefined ? [known] : [],
  );
  if (actions.length === 0) return new CommandLineError(`there is no command ${first}`);
  const isAction = action !== undefined && !action.startsWith("-");
  const list = [actions.slice(0, -1).join(", "), actions.at(-1)].filter(Boolean).join(" or ");
  return new CommandLineError(`hearth ${first} needs an action: ${list}${isAction ? `; not ${action}` : ""}`);
}
