import { parseArgs } from "node:util";
import type { CommandHelp } from "./command.ts";

/** The command line is wrong. The user sees the message and where to find help. */
export class CommandLineError extends Error {}

export interface Parsed {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
}

/** The options by name and the positional arguments. Throws CommandLineError. */
export function parseCommandLine(args: readonly string[], { options, positionals: known }: CommandHelp): Parsed {
  const parsed = parse(args, options);
  const { positionals } = parsed;
  const extra = positionals.slice(known.length);
  if (extra.length > 0 && known.at(-1)?.endsWith("...]") !== true)
    throw new CommandLineError(`unexpected argument: ${extra.join(" ")}`);
  const missing = known.slice(positionals.length).find((name) => !name.startsWith("["));
  if (missing !== undefined) throw new CommandLineError(`${missing} is missing`);
  return parsed;
}

function parse(args: readonly string[], options: CommandHelp["options"]): Parsed {
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, short }]) => [name, { type, ...(short && { short }) }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], options: config, allowPositionals: true });
    return { values: values as Parsed["values"], positionals };
  } catch (error) {
    throw new CommandLineError(error instanceof Error ? error.message : String(error));
  }
}
