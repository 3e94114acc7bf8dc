import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import type { z } from "zod";
import { ConfigError, readConfig, Settings } from "./config.ts";
import { defaultOf } from "./defaultOf.ts";
import type { MaintenanceTerminal } from "./maintenance/maintenanceTerminal.ts";

export interface ConfigCheckOptions {
  /** A file of `NAME=value` lines, instead of the environment. */
  readonly envFile?: string | undefined;
  /** Also the settings that have their defaults. */
  readonly all?: boolean | undefined;
  readonly json?: boolean | undefined;
}

interface ShownSetting {
  readonly name: string;
  /** As it was written; secrets are hidden. `null` when it is not set and has no default. */
  readonly value: string | null;
  readonly isDefault: boolean;
}

const UNREADABLE = 1;
const WRONG_SETTINGS = 2;

/** `hearth config check`: resolves with the exit code. */
export function configCheck(
  { envFile, all = false, json = false }: ConfigCheckOptions,
  { env, root, out, complain }: MaintenanceTerminal,
): number {
  let source: MaintenanceTerminal["env"];
  try {
    source = envFile === undefined ? env : parseEnv(readFileSync(envFile, "utf8"));
  } catch (error) {
    complain(`${envFile} cannot be read: ${(error as Error).message}`);
    return UNREADABLE;
  }
  try {
    readConfig(source, root);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const problems = error.message.split("\n");
    if (json) out(JSON.stringify({ problems, settings: [] }, null, 2));
    else complain(problems.join("\nhearth: "));
    return WRONG_SETTINGS;
  }
  const settings = shownSettings(source).filter(({ isDefault }) => all || !isDefault);
  out(json ? JSON.stringify({ problems: [], settings }, null, 2) : textOf(settings, all));
  return 0;
}

export function shownSettings(env: MaintenanceTerminal["env"]): readonly ShownSetting[] {
  return Object.entries(Settings.shape).map(([name, schema]) => {
    const initial = defaultOf(schema as z.ZodType);
    const given = env[name] || undefined;
    const value = given ?? initial;
    return {
      name,
      value: value === undefined ? null : withoutSecrets(name, value),
      isDefault: given === undefined || given === initial,
    };
  });
}

function textOf(settings: readonly ShownSetting[], all: boolean): string {
  const lines = settings.map(({ name, value, isDefault }) =>
    value === null ? `# ${name} is not set` : `${name}=${value}${all && isDefault ? "  # default" : ""}`,
  );
  const others = all
    ? []
    : [lines.length === 0 ? "All settings have their defaults." : "All other settings have their defaults."];
  return [...lines, ...others, "A start would accept these settings."].join("\n");
}

/** Secrets and keys are hidden whole, passwords within URLs too. */
function withoutSecrets(name: string, value: string): string {
  if (name.includes("SECRET") || name === "HEARTH_MASTER_KEY") return "…";
  if (name === "HEARTH_SOURCE_CONNECTIONS") return value.replaceAll(/=[^,]*/g, "=…");
  if (!URL.canParse(value) || !value.includes("://")) return value;
  const url = new URL(value);
  const query = [...url.searchParams.keys()].some((key) => /password|key/i.test(key)) ? "?…" : url.search;
  const user = url.username === "" && url.password === "" ? "" : `${url.username}${url.password === "" ? "" : ":…"}@`;
  return `${url.protocol}//${user}${url.host}${url.pathname}${query}`;
}
