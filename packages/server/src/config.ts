import { resolve } from "node:path";
import { contradictions } from "./contradictions.ts";
import { nearest } from "./nearest.ts";
import { type Config, Settings } from "./settings.ts";

export { usesDefaultKey } from "./contradictions.ts";
export { type Config, Settings } from "./settings.ts";
export { formatAddress, type ListenAddress } from "./settingTypes.ts";

/** Settings that are wrong; each problem is a line of its own. Ends the process with code 2. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
  }
}

/** Kubernetes puts these into every pod beside a Service called `hearth`, `hearth-control` …: they are not settings. */
const KUBERNETES = /^HEARTH_((CONTROL|EVENTS|INVOKER|LAUNCHER)_)?(PORT(_.*)?|SERVICE_(HOST|PORT)(_.*)?)$/;

/** Reads the settings; empty variables count as not set. Throws ConfigError naming every problem at once. */
export function readConfig(env: Readonly<Record<string, string | undefined>>, root: string): Config {
  const names = Object.keys(Settings.shape);
  const problems: string[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith("HEARTH_") || names.includes(name) || KUBERNETES.test(name)) continue;
    const meant = nearest(name, names);
    const hint = meant === undefined ? "" : ` Did you mean ${meant}?`;
    problems.push(`${name} is not a setting of Hearth.${hint} See docs/configuration.md.`);
  }
  const parsed = Settings.safeParse(
    Object.fromEntries(names.filter((name) => env[name]).map((name) => [name, env[name]])),
  );
  if (!parsed.success) {
    for (const issue of parsed.error.issues) {
      const name = String(issue.path[0]);
      problems.push(`${name}=${JSON.stringify(shown(name, env[name]))} ${sentence(issue.message)}`);
    }
    throw new ConfigError(problems);
  }
  const config: Config = { ...parsed.data, HEARTH_DATA: resolve(root, parsed.data.HEARTH_DATA) };
  problems.push(...contradictions(config));
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Every region that is served, HEARTH_REGION first. */
export function regionsOf({ HEARTH_REGION, HEARTH_REGIONS }: Config): readonly [string, ...string[]] {
  return [HEARTH_REGION, ...new Set(HEARTH_REGIONS.filter((name) => name !== HEARTH_REGION))];
}

function shown(name: string, value: string | undefined): string | undefined {
  return name.includes("SECRET") ||
    name === "HEARTH_MASTER_KEY" ||
    name === "HEARTH_SOURCE_CONNECTIONS" ||
    name.endsWith("_URL")
    ? "…"
    : value;
}

function sentence(message: string): string {
  const text = message
    .replace(/^Invalid input: expected number, received NaN$/, "must be a number")
    .replace(/^Invalid (option|input): expected/, "is wrong: expected");
  return `${/^(is|must|has) /.test(text) ? text : `is wrong: ${text}`}.`;
}
