import type { ImageResolution } from "@hearth/model";

/**
 * What runs execution environments: sandboxes, and what they are made of. Each driver, and the launcher's client, passes `driverContract`.
 */
export interface Driver extends SandboxHost, AsyncDisposable {
  readonly name: "docker" | "process";
  readonly images: ImageSource;
}

/** Makes available what sandboxes run: runtimes of languages, and the images that functions bring themselves. */
export interface ImageSource {
  /** What this machine can run, and how each runtime identifier is served. */
  runtimes(): Promise<readonly RuntimeSupport[]>;

  /**
   * Makes what `runtime` needs (an image, an interpreter) available, pulling or building it if necessary; concurrent callers share the work.
   * Rejects with `RuntimeUnavailable` saying why and what to do. Resolves with the newest version where the runtime comes from a registry: the digest of its
   * image, 64 hexadecimal digits. Resolves with undefined where Hearth makes it.
   */
  ensureRuntime(runtime: string, signal: AbortSignal): Promise<string | undefined>;

  /** As `ensureRuntime`, for a version that it resolved with earlier. Resolves with undefined where `runtime` has no versions any more. */
  ensureRuntimeVersion(runtime: string, version: string, signal: AbortSignal): Promise<string | undefined>;

  /**
   * Finds out which image a name refers to now for an account, from the registry in the name or else from the engine. Starts nothing and fetches at most a
   * manifest.
   */
  resolveImage(reference: string, accountId: string, signal: AbortSignal): Promise<ImageResolution>;

  /**
   * Makes a function's image available, pulling it if necessary, and keeps it; concurrent callers share the work. Resolves with the program that the
   * image says is to be run. Rejects with `ImageUnavailable` when another attempt would be of no use.
   */
  ensureImage(image: FunctionImage, signal: AbortSignal): Promise<ImageProgram>;

  /** Digests of images that are kept for functions and were not asked for lately; a part of them when there are many. */
  keptImages(): Promise<readonly string[]>;

  /** Stops keeping the image: the engine removes it unless it has another name or a container runs it. Idempotent. */
  releaseImage(digest: string): Promise<void>;

  /** Calls `listener` with lines for the operator while an image is pulled or built. */
  onProgress(listener: (progress: ImageProgress) => void): void;
}

export interface ImageProgress {
  /** A runtime identifier, or the `imageName` of a function's own image. */
  readonly runtime: string;
  readonly message: string;
}

/** `isAwaited`: an invocation waits for this sandbox, which may then have what is kept ready for such starts. */
export type BootSpec = PoolKey & { readonly isAwaited?: boolean };

/**
 * Starts and stops sandboxes. A sandbox's life: prepare ─▶ (create ─▶) boot ─▶ specialise (once) ─▶ freeze ⇄ thaw ─▶ stop. Any step may be followed by stop.
 */
export interface SandboxHost {
  /**
   * Creates the sandbox's directory on the host. The caller then listens on `apiSocket` and creates the FIFO `output` before `boot`.
   * `sandboxId` is 16 lower-case hexadecimal digits chosen by the caller.
   */
  prepare(sandboxId: string): Promise<SandboxDirectory>;

  /**
   * Does a part of `boot` ahead of it, which then starts the sandbox with the same key sooner. Until then nothing of it runs. Resolves with false where nothing can
   * be done ahead now; `boot` does all of it then.
   */
  create(sandboxId: string, key: PoolKey, signal: AbortSignal): Promise<boolean>;

  /** Starts a generic sandbox: its runtime process connects to `apiSocket` and waits for the assignment of a function. */
  boot(sandboxId: string, spec: BootSpec, signal: AbortSignal): Promise<void>;

  /**
   * Assigns the sandbox to one function; this can happen only once. Code and layers appear in its task and opt folders, and its limits apply.
   * Resolves with the paths of those folders as seen from inside. The caller then answers the waiting runtime process.
   */
  specialise(sandboxId: string, limits: SpecialiseSpec, signal: AbortSignal): Promise<SandboxView>;

  /** Freezes every process of the sandbox. Idempotent. */
  freeze(sandboxId: string): Promise<void>;
  /** Undoes `freeze`. Idempotent. */
  thaw(sandboxId: string): Promise<void>;

  /** The CPU time that its processes have used so far; `undefined` where that cannot be found out cheaply. */
  cpuMs(sandboxId: string): Promise<number | undefined>;

  /** Idempotent. Resolves once the sandbox uses neither memory nor CPU and its directory is gone; never rejects. */
  stop(sandboxId: string, graceMs: number): Promise<void>;

  /** The sandboxes of this connection that the engine reports as alive: the pool compares its own view with it. */
  list(): Promise<readonly string[]>;

  /**
   * Says that sandboxes with the network `egress` are going to be booted. What they need is made ready in the background, so that the first boot does not wait
   * for it. Resolves at once.
   */
  expectEgress(): Promise<void>;

  /** Calls `listener` when a sandbox exits by itself or uses more memory than before. */
  on(listener: (event: SandboxEvent) => void): void;
}

/** Sandboxes with equal keys are interchangeable until they are specialised. */
export interface PoolKey {
  /** AWS's runtime identifier, such as `nodejs22.x`; `IMAGE_RUNTIME` where `image` is set. */
  readonly runtime: string;
  /** Which of the runtime's images, as `ensureRuntime` resolved; the newest when absent. Without a meaning where Hearth makes the images itself. */
  readonly runtimeVersion?: string;
  /** Digest of the function's own image, which `ensureImage` has made available; 64 hexadecimal digits. */
  readonly image?: string;
  readonly network: "none" | "egress";
  /** EphemeralStorage.Size, MB. */
  readonly tmpSizeMb: number;
  readonly fileSystem?: FileSystemKey;
}

/** Used in place of a runtime identifier where a function brings its own image. */
export const IMAGE_RUNTIME = "image";

/** A file system of the operator: the launcher finds its folder by the access point in its own configuration. */
export interface FileSystemKey {
  /** ARN of the access point. */
  readonly accessPoint: string;
  /** The name below `/mnt` under which the code inside sees it. */
  readonly mountName: string;
}

export function poolKeyString(key: PoolKey): string {
  const digest = key.image ?? key.runtimeVersion;
  const what = digest === undefined ? key.runtime : `${key.runtime}@${digest}`;
  const name = `${what}/${key.network}/${key.tmpSizeMb}`;
  return key.fileSystem ? `${name}/${key.fileSystem.mountName}=${key.fileSystem.accessPoint}` : name;
}

/** Absolute paths on the host, the same in every role. */
export interface SandboxDirectory {
  /** Unix socket of the Runtime API: the caller listens here, world-connectable. */
  readonly apiSocket: string;
  /** FIFO that the sandbox's stdout and stderr are written to: the caller creates and reads it. */
  readonly output: string;
}

export interface SpecialiseSpec {
  /** SHA-256 of the code archive in hexadecimal; it is unpacked already. Absent where the code is in the sandbox's image. */
  readonly codeDigest?: string;
  readonly layerDigests: readonly string[];
  readonly memoryMb: number;
  /** The function's account: the host's memory and processes are shared out between accounts. */
  readonly accountId: string;
  /** The memory, files in /tmp included, that the sandbox is expected to use. One that uses far more is ended first when memory runs out. */
  readonly expectedMb: number;
}

/** Paths as the code inside sees them: `/var/task`, `/opt` and `/tmp` in a container, host folders with the process driver. */
export interface SandboxView {
  readonly taskRoot: string;
  readonly optRoot: string;
  readonly tmpDir: string;
  /** The runtime has to execute itself again: code or layers bring shared libraries, which are found only from the start of a process. */
  readonly freshProcess?: boolean;
}

export type SandboxEvent =
  | {
      readonly kind: "exited";
      readonly sandboxId: string;
      readonly exitCode: number | null;
      readonly signal: string | null;
      /** It was ended because it, its account or all sandboxes together used too much memory. */
      readonly outOfMemory: boolean;
      /** Which limit that was, where it is not the sandbox's own. */
      readonly shortage?: MemoryShortage;
    }
  /** Pushed about every second while it changes. */
  | {
      readonly kind: "memory";
      readonly sandboxId: string;
      /** The most that it has used, files in /tmp not counted. */
      readonly maxMemoryBytes: number;
      /** What its files in /tmp hold now, where that is memory. */
      readonly tmpBytes?: number;
      /** All that it holds now, files in /tmp included, without caches that the kernel gives up for more memory; absent where that is unknown. */
      readonly heldBytes?: number;
    };

/** `accountTmp`: files in /tmp of the account's functions passed the account's share. `host`: the memory for all sandboxes was almost used up. */
export const MEMORY_SHORTAGES = ["accountTmp", "host"] as const;
export type MemoryShortage = (typeof MEMORY_SHORTAGES)[number];

export interface RuntimeSupport {
  /** AWS's identifier as a user writes it. */
  readonly runtime: string;
  /** What really runs, such as `python3.13` for `python3.12`; equal to `runtime` when exact. */
  readonly servedBy: string;
  readonly state: "ready" | "obtainable" | "unavailable";
  /** The image of a registry that it runs in, such as `public.ecr.aws/lambda/python:3.12`; absent where Hearth makes the image itself. */
  readonly image?: string;
  /** Why it is unavailable and what to do about it. */
  readonly reason?: string;
}

export class RuntimeUnavailable extends Error {}

/** A function's own image and the repository it can be pulled from. */
export interface FunctionImage {
  /** The function's account: not every account may use every image. */
  readonly accountId: string;
  /** A repository's name as its users write it, with the registry's host where it has one. */
  readonly repository: string;
  /** SHA-256 of the manifest, or the id of an image that only the engine has; hexadecimal. */
  readonly digest: string;
}

export function imageName({ repository, digest }: FunctionImage): string {
  return `${repository}@sha256:${digest}`;
}

/** What an image's configuration says about its process. */
export interface ImageProgram {
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Why an image is unavailable, in AWS's words for a function's State. */
export const IMAGE_REASON_CODES = ["ImageDeleted", "ImageAccessDenied", "InvalidImage"] as const;
export type ImageReasonCode = (typeof IMAGE_REASON_CODES)[number];

export class ImageUnavailable extends Error {
  readonly reasonCode: ImageReasonCode;
  constructor(reasonCode: ImageReasonCode, message: string) {
    super(message);
    this.reasonCode = reasonCode;
  }
}
