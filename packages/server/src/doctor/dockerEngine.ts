import { type EngineExamination, examineEngine } from "@hearth/drivers";
import type { Config } from "../config.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

const ENGINE = "Docker Engine";
const WITHOUT = "without one, functions run as plain processes, which isolates nothing";

/** The Docker Engine and what it and the kernel offer for isolation. */
export async function engineFindings(config: Config): Promise<readonly Finding[]> {
  if (config.HEARTH_DRIVER === "process")
    return [ok(ENGINE, `not used: HEARTH_DRIVER=process, so functions are not isolated`)];
  return engineFindingsOf(await examineEngine(), config);
}

export function engineFindingsOf(
  engine: EngineExamination,
  {
    HEARTH_DRIVER: driver,
    HEARTH_SECCOMP: seccomp,
    HEARTH_EGRESS: egress,
  }: Pick<Config, "HEARTH_DRIVER" | "HEARTH_SECCOMP" | "HEARTH_EGRESS">,
): readonly Finding[] {
  if (engine.kind === "unreachable") {
    const remedy = engine.isForbidden
      ? "start Hearth as root (it gives root up), or let this user open the engine's socket (group docker)"
      : "install and start Docker 24 or later";
    const found = `${engine.reason}; ${WITHOUT}`;
    return [driver === "docker" ? fail(ENGINE, found, remedy) : warn(ENGINE, found, remedy)];
  }
  return [
    engine.runcWarning === undefined
      ? ok(ENGINE, `${engine.version} on ${engine.system}`)
      : warn(ENGINE, `${engine.version}: ${engine.runcWarning}`, "update the Docker Engine's packages"),
    seccompFinding(engine.hasSeccomp, seccomp),
    cgroupFinding(engine),
    ...(egress === "off" ? [] : [firewallFinding(engine.firewall)]),
  ];
}

function seccompFinding(hasSeccomp: boolean, wanted: Config["HEARTH_SECCOMP"]): Finding {
  if (hasSeccomp) return ok("seccomp", "the engine can filter system calls");
  const remedy = "use a kernel and an engine with seccomp";
  const found = "the engine cannot filter the system calls of functions";
  return wanted === "required"
    ? fail("seccomp", found, `${remedy}, or set HEARTH_SECCOMP=if-available`)
    : warn("seccomp", found, remedy);
}

function cgroupFinding({
  cgroupVersion,
  cgroupDriver,
  freezer,
}: Extract<EngineExamination, { kind: "reachable" }>): Finding {
  const shown = `version ${cgroupVersion}, driver ${cgroupDriver}`;
  switch (freezer) {
    case "writable":
      return ok("cgroups", `${shown}, with the freezer`);
    case "missing":
      return fail(
        "cgroups",
        `${shown}, without the freezer, which stops idle functions`,
        "use a kernel with the cgroup freezer",
      );
    case "not visible":
      return warn(
        "cgroups",
        `${shown}; this user may not write them here, so each freeze goes through the engine`,
        "start Hearth as root where the engine runs",
      );
  }
}

function firewallFinding(firewall: "direct" | "container" | "missing"): Finding {
  switch (firewall) {
    case "direct":
      return ok("firewall", "nft can be used by this user");
    case "container":
      return ok("firewall", "a container installs the rules, because nft is not there or not for this user");
    case "missing":
      return warn("firewall", "the kernel has no nf_tables, so functions get no network", "load the module nf_tables");
  }
}
