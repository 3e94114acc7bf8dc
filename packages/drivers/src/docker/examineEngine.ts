import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { errorCode } from "@hearth/kit";
import { runcWarning } from "./runcVersion.ts";
import { type EngineSecurity, hasSeccomp } from "./seccompOf.ts";

export type EngineExamination =
  | {
      readonly kind: "unreachable";
      readonly reason: string;
      /** It is there, and this user may not use it. */
      readonly isForbidden: boolean;
    }
  | {
      readonly kind: "reachable";
      readonly version: string;
      /** Such as `Debian GNU/Linux 12, Linux 6.1`. */
      readonly system: string;
      readonly runcWarning: string | undefined;
      readonly hasSeccomp: boolean;
      readonly cgroupVersion: 1 | 2;
      readonly cgroupDriver: string;
      readonly freezer: "writable" | "missing" | "not visible";
      /** Whether this user can write firewall rules, else a container does, where the kernel can have any. */
      readonly firewall: "direct" | "container" | "missing";
    };

const ANSWER_TIMEOUT_MS = 5_000;

interface Information extends EngineSecurity {
  readonly ServerVersion?: string;
  readonly OperatingSystem?: string;
  readonly KernelVersion?: string;
  readonly CgroupVersion?: string;
  readonly CgroupDriver?: string;
}

/** What the Docker Engine and the kernel offer to functions. Changes nothing. */
export async function examineEngine(): Promise<EngineExamination> {
  // Only the launcher needs the engine's client all the time: it takes 8 MB.
  const { default: Docker } = await import("dockerode");
  const docker = new Docker({ timeout: ANSWER_TIMEOUT_MS });
  let information: Information;
  try {
    information = (await docker.info()) as Information;
  } catch (error) {
    const isForbidden = errorCode(error) === "EACCES";
    const reason = isForbidden ? "this user may not open its socket" : `none answers (${(error as Error).message})`;
    return { kind: "unreachable", reason, isForbidden };
  }
  const { Components = [] } = (await docker.version()) as { Components?: { Name: string; Version: string }[] };
  const runc = Components.find(({ Name }) => Name === "runc");
  const cgroupVersion = information.CgroupVersion === "2" ? 2 : 1;
  return {
    kind: "reachable",
    version: information.ServerVersion ?? "of unknown version",
    system: `${information.OperatingSystem ?? "an unknown system"}, Linux ${information.KernelVersion ?? "unknown"}`,
    runcWarning: runc && runcWarning(runc.Version),
    hasSeccomp: hasSeccomp(information),
    cgroupVersion,
    cgroupDriver: information.CgroupDriver ?? "unknown",
    freezer: freezerOf(cgroupVersion),
    firewall: firewallOf(),
  };
}

function freezerOf(version: 1 | 2): "writable" | "missing" | "not visible" {
  const root = "/sys/fs/cgroup";
  const folder = version === 2 ? root : `${root}/freezer`;
  // In version 2 it is part of the kernel from 5.2 on.
  if (!existsSync(version === 2 ? `${root}/cgroup.controllers` : folder))
    return existsSync(root) ? "missing" : "not visible";
  try {
    accessSync(folder, constants.W_OK);
    return "writable";
  } catch {
    return "not visible";
  }
}

function firewallOf(): "direct" | "container" | "missing" {
  if (process.platform === "linux" && process.getuid?.() === 0) {
    try {
      execFileSync("nft", ["list", "tables"], { stdio: "ignore", timeout: ANSWER_TIMEOUT_MS });
      return "direct";
    } catch (error) {
      // Without the program a container with it does the work.
      return errorCode(error) === "ENOENT" ? "container" : "missing";
    }
  }
  return "container";
}
