import { parseArgs } from "node:util";
import { SystemClock, systemRandom } from "@hearth/kit";
import { configCheck } from "../configCheck.ts";
import { doctor } from "../doctor/doctor.ts";
import type { MaintenanceTerminal } from "./maintenanceTerminal.ts";

const WRONG_USE = 2;

/** Resolves with the exit code. */
type Examination = (terminal: MaintenanceTerminal) => number | Promise<number>;

/** The command of this line, if it is one of those that look at settings and machine, also where those are wrong, and change nothing. */
export function examinationOf([name, ...rest]: readonly string[]): Examination | undefined {
  switch (name) {
    case "doctor":
      return refusing("hearth doctor [--json]", (terminal) => {
        const { values } = parseArgs({ args: rest, options: { json: { type: "boolean", default: false } } });
        return doctor(values.json, terminal, { clock: new SystemClock(), random: systemRandom });
      });
    case "config":
      return refusing("hearth config check [--env-file FILE] [--all] [--json]", (terminal) => {
        const [action, ...args] = rest;
        if (action !== "check") throw new TypeError("hearth config needs the action check");
        const options = {
          "env-file": { type: "string" },
          all: { type: "boolean" },
          json: { type: "boolean" },
        } as const;
        const { "env-file": envFile, ...others } = parseArgs({ args, options }).values;
        return configCheck({ envFile, ...others }, terminal);
      });
    default:
      return undefined;
  }
}

/** Shows an error of the command line, which is a TypeError with a code of `parseArgs`, as its message. */
function refusing(usage: string, examine: Examination): Examination {
  return async (terminal) => {
    try {
      return await examine(terminal);
    } catch (error) {
      const isWrongUse =
        error instanceof TypeError && (!("code" in error) || String(error.code).startsWith("ERR_PARSE_ARGS"));
      if (!isWrongUse) throw error;
      terminal.complain(`${error.message}\nusage: ${usage}`);
      return WRONG_USE;
    }
  };
}
