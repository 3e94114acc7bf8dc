import { type Config, ConfigError, readConfig, Settings } from "../config.ts";
import type { MaintenanceTerminal } from "../maintenance/maintenanceTerminal.ts";
import { awsCliFinding } from "./awsCli.ts";
import { dataDirectoryFindings } from "./dataDirectory.ts";
import { engineFindings } from "./dockerEngine.ts";
import type { DoctorDeps } from "./doctorDeps.ts";
import { fail, type Finding, ok } from "./finding.ts";
import { findingsText } from "./findingsText.ts";
import { clockFinding, nodeFinding } from "./machine.ts";
import { hearthFinding, portFindings } from "./runningHearth.ts";
import { namedServerFindings } from "./namedServers.ts";
import { serverFindings } from "./servers.ts";

/** `hearth doctor [--json]`: resolves with the exit code, 1 when a check failed. Changes nothing. */
export async function doctor(wantsJson: boolean, terminal: MaintenanceTerminal, deps: DoctorDeps): Promise<number> {
  const findings = await examine(terminal, deps);
  terminal.out(wantsJson ? JSON.stringify(findings, null, 2) : findingsText(findings));
  return findings.some(({ result }) => result === "fail") ? 1 : 0;
}

async function examine({ env, root }: MaintenanceTerminal, deps: DoctorDeps): Promise<readonly Finding[]> {
  const { config, finding } = settings(env, root);
  const groups = await Promise.all([
    engineFindings(config),
    dataDirectoryFindings(config),
    portFindings(config),
    serverFindings(config, deps),
    namedServerFindings(config, deps),
    awsCliFinding(env),
    hearthFinding(config, env, deps),
  ]);
  return [nodeFinding(process.version), clockFinding(deps.clock.now()), finding, ...groups.flat()];
}

/** The settings as a start would read them. With wrong ones the other checks take the defaults, and the data directory that was named. */
function settings(
  env: MaintenanceTerminal["env"],
  root: string,
): { readonly config: Config; readonly finding: Finding } {
  try {
    const config = readConfig(env, root);
    const given = Object.keys(Settings.shape).filter((name) => env[name]);
    return {
      config,
      finding: ok("settings", given.length === 0 ? "all have their defaults" : `set and valid: ${given.join(", ")}`),
    };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { HEARTH_DATA } = env;
    return {
      config: readConfig(HEARTH_DATA ? { HEARTH_DATA } : {}, root),
      finding: fail(
        "settings",
        error.message.replaceAll("\n", " "),
        "correct them; hearth config check shows the same",
      ),
    };
  }
}
