import { existsSync } from "node:fs";
import { SealError, SystemClock, systemRandom } from "@hearth/kit";
import { type Config, ConfigError, readConfig } from "../config.ts";
import { giveDataDirectory } from "../giveDataDirectory.ts";
import { knownServiceUser } from "../serviceUser.ts";
import { openLog } from "../logging.ts";
import { StartError } from "../startError.ts";
import { createBackup } from "./backup/createBackup.ts";
import { restoreBackup } from "./backup/restoreBackup.ts";
import { verifyBackupFile } from "./backup/verifyBackup.ts";
import { examinationOf } from "./examination.ts";
import type { MaintenanceBase } from "./maintenanceBase.ts";
import type { MaintenanceTerminal } from "./maintenanceTerminal.ts";
import { rotateMasterKey } from "./rotateMasterKey.ts";

type Command = (base: MaintenanceBase, args: readonly string[]) => Promise<void>;

const COMMANDS: Readonly<Record<string, Command>> = {
  "master-key rotate": rotateMasterKey,
  "backup create": createBackup,
  "backup verify": verifyBackupFile,
  "backup restore": restoreBackup,
};

/** Runs one command line and resolves with the exit code: 0 for success, 1 for a failure, 2 for a wrong command line or setting. */
export async function runMaintenance(line: readonly string[], terminal: MaintenanceTerminal): Promise<number> {
  const examine = examinationOf(line);
  if (examine) return await examine(terminal);
  const [name, action, ...args] = line;
  const { env, root, out, complain } = terminal;
  const command = COMMANDS[`${name} ${action}`];
  if (!command) {
    const actions = Object.keys(COMMANDS).filter((known) => known.startsWith(`${name} `));
    complain(`usage: ${actions.map((known) => `hearth ${known}`).join(" | ")}. hearth --help says more.`);
    return 2;
  }
  try {
    const config = readConfig(env, root);
    const logger = openLog({ ...config, HEARTH_LOG_LEVEL: "warn" });
    try {
      await command({ config, clock: new SystemClock(), random: systemRandom, logger, out }, args);
    } finally {
      await leaveNothingToRoot(config);
    }
    return 0;
  } catch (error) {
    const expected = error instanceof ConfigError || error instanceof StartError || error instanceof SealError;
    if (!expected) throw error;
    complain(error.message.replaceAll("\n", "\nhearth: "));
    return error instanceof ConfigError ? 2 : 1;
  }
}

/** What root has just made in the data directory is given to the user who uses the rest of it. */
async function leaveNothingToRoot({ HEARTH_DATA }: Config): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync(HEARTH_DATA)) return;
  const user = knownServiceUser(HEARTH_DATA);
  if (user) await giveDataDirectory(HEARTH_DATA, user);
}
