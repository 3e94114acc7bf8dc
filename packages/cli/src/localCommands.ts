import type { CommandHelp } from "./command.ts";

const WHERE = "Run it where Hearth runs, with Hearth's settings.";
const NOT_DONE = "when it could not be done";

/**
 * The help of the commands that work on the data and settings of this machine. The package `server` runs them (`bin/hearth.mjs` chooses), because a
 * client does not know the settings.
 */
export const LOCAL_COMMANDS: readonly CommandHelp[] = [
  {
    name: "backup create",
    positionals: ["FILE"],
    options: { "without-master-key": { type: "boolean", text: "leaves out the key that secrets are encrypted with" } },
    summary: "writes all of Hearth as it is at this moment into FILE, while Hearth runs",
    details: WHERE,
    examples: ["hearth backup create /backups/hearth.backup"],
    failure: NOT_DONE,
  },
  {
    name: "backup verify",
    positionals: ["FILE"],
    options: {},
    summary: "checks that a back-up is complete and unharmed",
    examples: ["hearth backup verify /backups/hearth.backup"],
    failure: "when it is not",
  },
  {
    name: "backup restore",
    positionals: ["FILE"],
    options: {},
    summary: "restores a back-up into an empty data directory and an empty database",
    details: WHERE.replace("Hearth's settings", "the settings of the new Hearth"),
    examples: ["hearth backup restore /backups/hearth.backup"],
    failure: NOT_DONE,
  },
  {
    name: "master-key rotate",
    positionals: [],
    options: {},
    summary: "encrypts all secrets in the database with a new master key",
    details: WHERE,
    examples: ["hearth master-key rotate"],
    failure: NOT_DONE,
  },
];
