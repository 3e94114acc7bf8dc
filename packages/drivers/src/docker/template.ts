import { join } from "node:path";
import type { ContainerCreateOptions, MountSettings } from "dockerode";
import type { PoolKey } from "../driver.ts";
import { OWN_IMAGE_PROGRAM } from "../families/provided.ts";
import type { HostFileSystem } from "../fileSystems.ts";
import type { BootableImage } from "./images/functionImages.ts";
import { HARDENED } from "./hardened.ts";
import { INSTALLATION_LABEL, SANDBOX_LABEL } from "./labels.ts";
import type { SandboxFolders } from "../sandboxFolders.ts";
import { AWS_GID, AWS_UID } from "./sandboxUsers.ts";

const MB = 1024 * 1024;
/** Limits until a sandbox is specialised. */
const BOOT_MEMORY_MB = 512;
const BOOT_CPU_SHARES = 1024;

/**
 * The container's first process. It opens the FIFO for the runtime, passes SIGTERM on, reaps orphaned processes, and exits with the
 * runtime's status. The runtime is not the first process itself because the kernel protects process 1 from signals sent inside the container.
 */
const SUPERVISOR = `"$@" </dev/null >/run/hearth/out 2>&1 &
runtime=$!
trap 'kill -TERM $runtime' TERM
wait $runtime
status=$?
while kill -0 $runtime 2>/dev/null; do wait $runtime; status=$?; done
exit $status`;

export const SANDBOX_NAMES = ["sandbox.localdomain", "sandbox"];
export const HOSTS = `127.0.0.1\tlocalhost ${SANDBOX_NAMES.join(" ")}\n`;

/** Hearth's own files lie below this folder in a function's own image, which may use any other path. */
const INSIDE = "/.hearth";
const INTERPRETER = `${INSIDE}/lang`;
/** A function's own image or one of AWS's for a language, and the folder of the interpreter that Hearth starts in it. */
export interface OwnImage extends BootableImage {
  readonly interpreter: string;
  /** It is AWS's: the function's code and layers are beside it. */
  readonly isRuntime?: true;
}

/** An image of Hearth's own, which runs the functions of one language. */
export interface RuntimeImageOfHearth {
  readonly name: string;
  readonly command: readonly string[];
}

/** What each sandbox may read from, and write to, each of the devices. */
export interface DiskLimits {
  readonly devices: readonly string[];
  readonly bytesPerS: number;
}

export interface SandboxSpec {
  readonly sandboxId: string;
  readonly installation: string;
  /** One of Hearth's with the command that starts its runtime, or the function's own. */
  readonly image: RuntimeImageOfHearth | OwnImage;
  readonly key: PoolKey;
  readonly folders: SandboxFolders;
  /** The host's folder for `key.fileSystem`. */
  readonly fileSystem: HostFileSystem | undefined;
  /** The network's name, or the container whose network it joins; none when absent. */
  readonly network: SandboxNetworkMode | undefined;
  readonly cgroupParent: string;
  readonly uid: number;
  /** Limits of reading and writing; none when absent. */
  readonly disks?: DiskLimits | undefined;
  /** The filter of system calls, as JSON; none when absent. */
  readonly seccomp: string | undefined;
}

/** A network of the engine, or a container that holds a network namespace, which also decides about names. */
export type SandboxNetworkMode = { readonly name: string } | { readonly holder: string };

export function containerName(installation: string, sandboxId: string): string {
  return `hearth-${installation}-${sandboxId}`;
}

/** The template of every sandbox. A caller can choose only what `PoolKey` contains. */
export function sandboxContainer(spec: SandboxSpec): ContainerCreateOptions {
  const { sandboxId, installation, image, key, fileSystem, network, cgroupParent, seccomp, uid, disks } = spec;
  const fileSystemTarget = `/mnt/${key.fileSystem?.mountName ?? ""}`;
  const isJoining = network !== undefined && "holder" in network;
  const inside = "command" in image ? ofLanguage(spec, image.command) : ofOwnImage(spec, image);
  return {
    name: containerName(installation, sandboxId),
    Image: image.name,
    ...(isJoining ? {} : { Hostname: sandboxId }),
    User: `${uid}:${AWS_GID}`,
    WorkingDir: inside.folder,
    Env: [...inside.variables],
    Entrypoint: [...inside.entryPoint],
    Cmd: [...inside.command],
    // Override the image's own settings.
    StopSignal: "SIGTERM",
    Healthcheck: { Test: ["NONE"] },
    Labels: { [INSTALLATION_LABEL]: installation, [SANDBOX_LABEL]: sandboxId },
    NetworkDisabled: network === undefined,
    HostConfig: {
      ...HARDENED,
      SecurityOpt: [...HARDENED.SecurityOpt, ...(seccomp === undefined ? [] : [`seccomp=${seccomp}`])],
      ...(network === undefined ? {} : { NetworkMode: modeOf(network) }),
      // The name by which extensions listen for telemetry. Without a network the engine writes no such file.
      ...(network === undefined || isJoining ? {} : { ExtraHosts: SANDBOX_NAMES.map((name) => `${name}:127.0.0.1`) }),
      Mounts: [
        ...(network === undefined ? [mount(hostsFile(spec.folders), "/etc/hosts")] : []),
        ...inside.mounts.filter(({ Target }) => Target !== fileSystemTarget),
        ...(fileSystem && key.fileSystem
          ? [{ ...mount(fileSystem.folder, fileSystemTarget), ReadOnly: fileSystem.readOnly }]
          : []),
      ],
      Tmpfs: {
        "/tmp": `rw,nosuid,nodev,exec,mode=1777,size=${key.tmpSizeMb}m`,
        // Covers the kernel's message queues, where files could be created.
        "/dev/mqueue": "ro,nosuid,nodev,noexec,mode=555,size=4k",
      },
      Memory: BOOT_MEMORY_MB * MB,
      MemorySwap: BOOT_MEMORY_MB * MB,
      CpuShares: BOOT_CPU_SHARES,
      CgroupParent: cgroupParent,
      ...(disks ? { BlkioDeviceReadBps: limitsOf(disks), BlkioDeviceWriteBps: limitsOf(disks) } : {}),
    },
  };
}

function modeOf(network: SandboxNetworkMode): string {
  return "holder" in network ? `container:${network.holder}` : network.name;
}

interface Inside {
  readonly folder: string;
  readonly variables: readonly string[];
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly mounts: readonly MountSettings[];
}

function ofLanguage({ folders, uid }: SandboxSpec, command: readonly string[]): Inside {
  return {
    folder: "/var/task",
    variables: [],
    entryPoint: ["/bin/sh", "-c", SUPERVISOR, "sh"],
    command,
    mounts: [
      mount(folders.run, "/run/hearth"),
      ...codeMounts(folders),
      // The image's own names the user that functions have on AWS.
      ...(uid === AWS_UID ? [] : [mount(passwdFile(folders), "/etc/passwd")]),
    ],
  };
}

function codeMounts(folders: SandboxFolders): readonly MountSettings[] {
  return [mount(folders.task, "/var/task"), mount(folders.opt, "/opt")];
}

function ofOwnImage({ folders, uid }: SandboxSpec, image: OwnImage): Inside {
  const { volumes, interpreter, isRuntime = false } = image;
  const run = `${INSIDE}/run`;
  // What an image of AWS's sets is meant for its functions, whose process inherits it.
  const variables = isRuntime ? [] : image.variables;
  return {
    folder: "/",
    // A name without a value removes the variable: the function's process gets it later, Hearth's own process must not.
    variables: [...variables, `HEARTH_API_SOCKET=${run}/api.sock`, `HEARTH_OUTPUT=${run}/out`],
    entryPoint: OWN_IMAGE_PROGRAM.command(INTERPRETER),
    command: [],
    mounts: [
      mount(folders.run, run),
      mount(interpreter, INTERPRETER),
      ...(isRuntime ? codeMounts(folders) : []),
      ...(isRuntime && uid !== AWS_UID ? [mount(passwdFile(folders), "/etc/passwd")] : []),
      // Mounted read-only here: volumes that the image declares would be writable without a limit.
      ...volumes
        .filter(({ folder }) => folder !== run && folder !== INTERPRETER)
        .map(({ name, folder }) => ({ ...mount(name, folder), Type: "volume" }) as const),
    ],
  };
}

function limitsOf({ devices, bytesPerS }: DiskLimits): { Path: string; Rate: number }[] {
  return devices.map((Path) => ({ Path, Rate: bytesPerS }));
}

/** Where the engine writes the /etc/hosts of a sandbox without a network. */
export function hostsFile({ base }: SandboxFolders): string {
  return join(base, "hosts");
}

/** Where the engine writes the /etc/passwd of a sandbox whose user is not the one in its image. */
export function passwdFile({ base }: SandboxFolders): string {
  return join(base, "passwd");
}

function mount(Source: string, Target: string): MountSettings {
  return { Type: "bind", Source, Target, ReadOnly: true };
}
