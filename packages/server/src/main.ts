import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { Registry, SystemClock, systemRandom } from "@hearth/kit";
import type { Base } from "./base.ts";
import { compose } from "./compose.ts";
import { ConfigError, readConfig } from "./config.ts";
import { openLog } from "./logging.ts";
import { runProcess } from "./runProcess.ts";
import { StartError } from "./startError.ts";
import { StopSignals } from "./stopSignals.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const HELP = `npm start: runs Hearth, AWS Lambda on your own hardware.

Settings are environment variables, for example HEARTH_LISTEN=127.0.0.1:5000 npm start
docs/configuration.md lists them all.`;

const WRONG_USE = 2;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { help: { type: "boolean" }, embedded: { type: "boolean", default: false } },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const config = readConfig(process.env, ROOT);
  const clock = new SystemClock();
  using signals = new StopSignals({ clock, process, ignoreTerminal: values.embedded });
  const base: Base = {
    config,
    clock,
    random: systemRandom,
    logger: openLog(config),
    registry: new Registry(),
    stop: signals.stop,
  };
  return await runProcess(base, signals, () => compose(base, values.embedded));
}

function complain(error: unknown): number {
  if (error instanceof ConfigError) {
    process.stderr.write(`hearth: ${error.message.replaceAll("\n", "\nhearth: ")}\n`);
    return WRONG_USE;
  }
  process.stderr.write(`hearth: ${error instanceof StartError ? error.message : describe(error)}\n`);
  return 1;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** A closed terminal or pipe must not prevent an orderly stop. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(complain(error)),
);
