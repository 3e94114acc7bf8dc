import type { ContainerCreateOptions } from "dockerode";
import type { PoolKey } from "../driver.ts";
import type { HostFileSystem } from "../fileSystems.ts";
import type { SandboxFolders } from "../sandboxFolders.ts";

export const INSTALLATION_LABEL = "hearth.installation";
export const SANDBOX_LABEL = "hearth.sandbox";

const MB = 1024 * 1024;
/** As on AWS: file descriptors, and processes and threads. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MAX_FILES = 1024;
const MAX_PROCESSES = 1024;
/** Until a sandbox is specialised. */
const BOOT_MEMORY_MB = 512;
const BOOT_CPU_SHARES = 1024;
/** The kernel ends a sandbox before Hearth when the host itself runs out of memory. */
const OOM_SCORE = 500;

/**
 * The container's first process. It opens the FIFO for the runtime, passes SIGTERM on, reaps what is orphaned, and ends as the runtime
 * did. The runtime is not the first process itself because the kernel shields that one from signals from inside.
 */
const SUPERVISOR = `"$@" </dev/null >/run/hearth/out 2>&1 &
runtime=$!
trap 'kill -TERM $runtime' TERM
wait $runtime
status=$?
while kill -0 $runtime 2>/dev/null; do wait $runtime; status=$?; done
exit $status`;

const COMMANDS = {
  nodejs: ["/var/lang/bin/node", "/var/runtime/bootstrap.mjs"],
  python: ["/var/lang/bin/python3", "/var/runtime/bootstrap.py"],
  provided: ["/var/lang/bin/python3", "-I", "-S", "/var/runtime/bootstrap.py"],
} as const;

export interface SandboxSpec {
  readonly sandboxId: string;
  readonly installation: string;
  readonly image: string;
  readonly family: keyof typeof COMMANDS;
  readonly key: PoolKey;
  readonly folders: SandboxFolders;
  /** What `key.fileSystem` stands for here. */
  readonly fileSystem: HostFileSystem | undefined;
  /** The network's name; none when absent. */
  readonly network: string | undefined;
  readonly cgroupParent: string;
}

export function containerName(installation: string, sandboxId: string): string {
  return `hearth-${installation}-${sandboxId}`;
}

/** The one template of every sandbox: nothing in it can be chosen by whoever asks for a sandbox, but what `PoolKey` says. */
export function sandboxContainer(spec: SandboxSpec): ContainerCreateOptions {
  const { sandboxId, installation, image, family, key, folders, fileSystem, network, cgroupParent } = spec;
  const mount = (Source: string, Target: string) => ({ Type: "bind", Source, Target, ReadOnly: true }) as const;
  return {
    name: containerName(installation, sandboxId),
    Image: image,
    Hostname: sandboxId,
    User: "993:990",
    WorkingDir: "/var/task",
    Env: [],
    Entrypoint: ["/bin/sh", "-c", SUPERVISOR, "sh"],
    Cmd: [...COMMANDS[family]],
    Labels: { [INSTALLATION_LABEL]: installation, [SANDBOX_LABEL]: sandboxId },
    NetworkDisabled: network === undefined,
    HostConfig: {
      ...HARDENED,
      ...(network === undefined ? {} : { NetworkMode: network }),
      Mounts: [
        mount(folders.run, "/run/hearth"),
        mount(folders.task, "/var/task"),
        mount(folders.opt, "/opt"),
        ...(fileSystem && key.fileSystem
          ? [{ ...mount(fileSystem.folder, `/mnt/${key.fileSystem.mountName}`), ReadOnly: fileSystem.readOnly }]
          : []),
      ],
      Tmpfs: {
        "/tmp": `rw,nosuid,nodev,exec,mode=1777,size=${key.tmpSizeMb}m`,
        // Over the kernel's message queues, where files could be made.
        "/dev/mqueue": "ro,nosuid,nodev,noexec,mode=555,size=4k",
      },
      Memory: BOOT_MEMORY_MB * MB,
      MemorySwap: BOOT_MEMORY_MB * MB,
      CpuShares: BOOT_CPU_SHARES,
      CgroupParent: cgroupParent,
    },
  };
}

/** Also what the firewall's probe runs under. */
export const HARDENED = {
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges"],
  ReadonlyRootfs: true,
  // No /dev/shm: /tmp is the only place that can be written.
  IpcMode: "none",
  LogConfig: { Type: "none", Config: {} },
  PidsLimit: MAX_PROCESSES,
  Ulimits: [{ Name: "nofile", Soft: MAX_FILES, Hard: MAX_FILES }],
  OomScoreAdj: OOM_SCORE,
};
