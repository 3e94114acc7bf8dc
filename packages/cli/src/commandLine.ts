import { parseArgs, type ParseArgsConfig } from "node:util";

/** The command line is wrong. The user sees the message and the help. */
export class CommandLineError extends Error {}

/** The options by name and the positional arguments. Throws CommandLineError. */
export function parseCommandLine<Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new CommandLineError(error instanceof Error ? error.message : String(error));
  }
}

/** Throws CommandLineError when there are arguments that a command does not take. */
export function refuseArguments(args: readonly string[]): void {
  if (args.length > 0) throw new CommandLineError(`unexpected argument: ${args.join(" ")}`);
}

/** The error for an action that `command` does not have, or for no action at all. */
export function noSuchAction(command: string, actions: string, action: string | undefined): CommandLineError {
  return new CommandLineError(`hearth ${command} needs an action: ${actions}${action ? `; not ${action}` : ""}`);
}
