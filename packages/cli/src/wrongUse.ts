import { parseArgs, type ParseArgsConfig } from "node:util";

/** A command line that makes no sense; its message is for the user, who is shown the help with it. */
export class WrongUse extends Error {}

/** Options by name, and what stands beside them. Throws WrongUse. */
export function parse<Options extends NonNullable<ParseArgsConfig["options"]>>(
  args: readonly string[],
  options: Options,
): ReturnType<typeof parseArgs<{ args: string[]; options: Options; allowPositionals: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : String(error));
  }
}
