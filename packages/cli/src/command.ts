import type { Terminal } from "./terminal.ts";

/** An option as `parseArgs` of node:util takes it, and what the help says about it. */
export interface Option {
  readonly type: "string" | "boolean";
  /** One letter, such as `f` for `-f`. */
  readonly short?: string;
  /** Placeholder of the value in the help, such as `DAY`; for options of type `string`. */
  readonly value?: string;
  readonly text: string;
}

export type Options = Readonly<Record<string, Option>>;

/** The options that were given, by name. */
export type Values<Given extends Options> = {
  readonly [Name in keyof Given]?: (Given[Name]["type"] extends "boolean" ? boolean : string) | undefined;
};

/** What the help, docs/cli.md and the shells' completion know about a command. */
export interface CommandHelp {
  /** Such as `keys create`. */
  readonly name: string;
  /** Positional arguments in the order in which they are given. `[ID]` may be left out, and `[ID...]` is any number of them. */
  readonly positionals: readonly string[];
  readonly options: Options;
  /** One sentence. */
  readonly summary: string;
  /** What else a user should know; whole sentences. */
  readonly details?: string;
  readonly examples: readonly string[];
  /** What exit code 1 means where that is not just a failure. */
  readonly failure?: string;
}

export interface Command extends CommandHelp {
  /** Runs it and resolves with the exit code. */
  run(
    given: {
      readonly values: Readonly<Record<string, string | boolean | undefined>>;
      readonly positionals: readonly string[];
    },
    terminal: Terminal,
  ): Promise<number>;
}

export interface Given<Known extends Options> {
  readonly values: Values<Known>;
  readonly positionals: readonly string[];
}

interface Definition<Known extends Options> extends Omit<CommandHelp, "options"> {
  readonly options: Known;
  /** Resolves with the exit code, or with nothing for 0. */
  run(given: Given<Known>, terminal: Terminal): Promise<number | void>;
}

/** A command whose `run` knows the types of its options. */
export function command<const Known extends Options>(definition: Definition<Known>): Command {
  return {
    ...definition,
    // `parseCommandLine` has checked the values against the options.
    run: async ({ values, positionals }, terminal) => {
      const code = await definition.run({ values: values as Values<Known>, positionals }, terminal);
      return typeof code === "number" ? code : 0;
    },
  };
}

export const JSON_OPTION = { type: "boolean", text: "prints JSON instead of a table" } as const satisfies Option;
