import { type CommandHelp, JSON_OPTION } from "./command.ts";

const WHERE = "Run it where Hearth runs, with Hearth's settings.";
const NOT_DONE = "when it could not be done";

/**
 * The help of the commands that work on the data and settings of this machine. The package `server` runs them (`bin/hearth.mjs` chooses), because a
 * client does not know the settings.
 */
export const LOCAL_COMMANDS: readonly CommandHelp[] = [
  {
    name: "doctor",
    positionals: [],
    options: { json: JSON_OPTION },
    summary: "checks this machine, the settings, and Hearth if it runs",
    details: `Each check says ok, warn or fail, and what to do. ${WHERE} Root sees most; nothing is changed.`,
    examples: ["hearth doctor", "sudo --preserve-env hearth doctor"],
    failure: "when a check failed",
  },
  {
    name: "config check",
    positionals: [],
    options: {
      "env-file": {
        type: "string",
        value: "FILE",
        text: "takes the settings from this file of NAME=value lines instead",
      },
      all: { type: "boolean", text: "also prints settings that have their default" },
      json: JSON_OPTION,
    },
    summary: "reads the settings as a start would and prints those that differ from their defaults",
    details: "Every problem is named at once, unknown names with the nearest setting. Secrets are hidden.",
    examples: ["hearth config check", "hearth config check --env-file .env"],
    failure: "when FILE cannot be read",
  },
  {
    name: "backup create",
    positionals: ["FILE"],
    options: {
      "without-master-key": { type: "boolean", text: "leaves out the key that secrets are encrypted with" },
      "without-objects": {
        type: "boolean",
        text: "leaves out the bytes of S3's objects, whose folder is then to be copied",
      },
    },
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
