import { existsSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import { type Clock, type HangWatch, type Logger, observeDisks, type Random, type Registry } from "@hearth/kit";
import type Docker from "dockerode";
import { Cgroups, processLimit } from "./docker/cgroups.ts";
import { diskOf } from "./docker/diskOf.ts";
import { DockerEngine } from "./docker/engine.ts";
import { addDeadlines } from "./docker/engineDeadlines.ts";
import { runcWarning } from "./docker/runcVersion.ts";
import { type EngineSecurity, EngineRefused, seccompOf } from "./docker/seccompOf.ts";
import type { DiskLimits } from "./docker/template.ts";
import { sandboxesMemory } from "./docker/sandboxesMemory.ts";
import { SandboxUsers } from "./docker/sandboxUsers.ts";
import { SandboxNetwork } from "./docker/sandboxNetwork.ts";
import type { Engine } from "./engine.ts";
import { EngineUnavailable } from "./engineUnavailable.ts";
import type { FileSystems } from "./fileSystems.ts";
import type { FolderOwner } from "./sandboxFolders.ts";
import { parseAllowed } from "./firewall/ruleset.ts";
import { EngineImages } from "./docker/images/engineImages.ts";
import { ImageMakerProcess } from "./docker/images/imageMakerProcess.ts";
import { ImageGrants } from "./docker/images/imageGrants.ts";
import { AwsRuntimes } from "./docker/images/awsRuntimes.ts";
import { FunctionImages } from "./docker/images/functionImages.ts";
import { DockerImageSource } from "./docker/images/dockerImageSource.ts";
import { Interpreter } from "./docker/images/interpreter.ts";
import { ReadyNetworkMetrics } from "./docker/readyNetworkMetrics.ts";
import { RuntimeImageMetrics } from "./docker/images/runtimeImageMetrics.ts";
import { RuntimeImages } from "./docker/images/runtimeImages.ts";
import { ProcessEngine } from "./process/engine.ts";

const ANSWER_TIMEOUT_MS = 5000;
const BYTES_PER_MBIT = 1_000_000 / 8;
const DEFAULT_ACCOUNT_PERCENT = 50;
const DEFAULT_PULL_TIMEOUT_MS = 15 * 60_000;

export interface EngineChoice {
  /** `auto`: docker when a Docker Engine answers, otherwise process. */
  readonly driver: "auto" | "docker" | "process";
  /** `weight` shares idle CPU; `quota` caps a function at its share once its init is over. */
  readonly cpu: "weight" | "quota";
  readonly egress: {
    /** `CIDR:port`, such as `10.1.2.0/24:5432`: exceptions from the ranges that functions may not reach. */
    readonly allow: readonly string[];
    /** Gives functions a network even where the firewall cannot be installed. */
    readonly unfiltered: boolean;
    /** What each sandbox may send, and as much again what it may receive, megabits a second; 0 does not limit. */
    readonly mbitPerS?: number;
    /** How many networks are kept ready for starts that are waited for; none when absent. */
    readonly ready?: number;
  };
  /** `if-available` also takes an engine that cannot filter system calls. */
  readonly seccomp?: "required" | "if-available";
  /** What each sandbox may read and write on the disks of the host, MB a second; 0 does not limit. */
  readonly diskMbPerS?: number;
  /** The memory that all sandboxes together may use; 0 or absent: all of the host's but 15 %. */
  readonly sandboxesMemoryMb?: number;
  /** Of that memory, the share that files in /tmp of one account's functions may hold. */
  readonly accountTmpPercent?: number;
  /** Of the processes that all sandboxes together may have, the share that one account's may have. */
  readonly accountProcessPercent?: number;
  /** File systems that functions may mount below /mnt. */
  readonly fileSystems?: FileSystems;
  /** Where Hearth's own runtime images are pulled from, such as `ghcr.io/example`. */
  readonly imageRegistry?: string;
  /** The repositories that functions' own images may come from; see `ImageGrants`. */
  readonly imageRepositories?: readonly string[];
  /** The registry and path that AWS's images of runtimes are pulled from, such as `public.ecr.aws/lambda`; absent: Hearth makes images itself. */
  readonly awsImages?: string;
  /** How long pulling a function's own image may take. */
  readonly imagePullTimeoutMs?: number;
  /** Where Debian packages come from when images are built here. */
  readonly debianMirror?: string;
}

export interface EngineDeps extends EngineChoice {
  readonly dataDir: string;
  /** Where downloads are kept; below the data directory when absent. */
  readonly cacheDir?: string;
  readonly installation: string;
  /** The invoker's user, if it is not this process's own. */
  readonly invoker?: FolderOwner;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Has the metrics of disks and images. */
  readonly registry?: Registry;
}

/**
 * Chooses and prepares the engine. Rejects with `EngineUnavailable` when the driver `docker` is configured and no engine answers, and with `EngineRefused`
 * when the engine cannot isolate sandboxes as configured. Aborting `stop` ends what it builds.
 */
export async function createEngine(deps: EngineDeps, stop: AbortSignal): Promise<Engine> {
  if (deps.driver === "process") return new ProcessEngine({ ...deps, user: deps.invoker });
  // With what it needs of gRPC and SSH it is 200 modules, which the driver `process` does not have to load.
  const { default: EngineClient } = await import("dockerode");
  const docker = new EngineClient();
  const watch = addDeadlines(docker, deps);
  try {
    await answers(docker, deps.clock);
  } catch (error) {
    watch[Symbol.dispose]();
    const isForbidden = (error as NodeJS.ErrnoException).code === "EACCES";
    const reason = `no Docker Engine answers: ${isForbidden ? "this user may not open its socket" : (error as Error).message}`;
    if (deps.driver === "docker") throw new EngineUnavailable(reason, { cause: error });
    deps.logger.warn(reason);
    return new ProcessEngine({ ...deps, user: deps.invoker });
  }
  return await createDockerEngine(docker, watch, deps, stop);
}

async function createDockerEngine(
  docker: Docker,
  watch: HangWatch,
  deps: EngineDeps,
  stop: AbortSignal,
): Promise<DockerEngine> {
  const { installation, clock, logger, random, cpu, egress, imageRegistry, debianMirror } = deps;
  const info = (await docker.info()) as EngineSecurity & {
    CgroupVersion?: string;
    CgroupDriver?: string;
    DockerRootDir?: string;
  };
  const seccomp = seccompOf(info, deps.seccomp ?? "required");
  const cacheDir = deps.cacheDir ?? join(deps.dataDir, "cache");
  const maker = new ImageMakerProcess({ cacheDir, imageRegistry, debianMirror, clock });
  const images = new EngineImages({ docker });
  const metrics = deps.registry && new RuntimeImageMetrics(deps.registry);
  if (deps.registry) observeDisks(deps.registry, { data: deps.dataDir, docker: engineFolder(info.DockerRootDir) });
  const runtimeImages = new RuntimeImages({ images, maker, metrics, clock, logger }, stop);
  const pullTimeoutMs = deps.imagePullTimeoutMs ?? DEFAULT_PULL_TIMEOUT_MS;
  const { dataDir, imageRepositories = [] } = deps;
  const grants = new ImageGrants(imageRepositories);
  const imageDeps = { docker, installation, images, dataDir, grants, pullTimeoutMs, clock, random, logger };
  const functionImages = new FunctionImages(imageDeps, stop);
  const awsRuntimes =
    deps.awsImages === undefined ? undefined : AwsRuntimes.open({ ...imageDeps, prefix: deps.awsImages }, stop);
  const interpreter = new Interpreter({ docker, installation, runtimeImages, dataDir, random });
  const memory = sandboxesMemory(totalmem(), deps.sandboxesMemoryMb);
  const { accountTmpPercent = DEFAULT_ACCOUNT_PERCENT, accountProcessPercent = DEFAULT_ACCOUNT_PERCENT } = deps;
  const cgroups = new Cgroups({
    version: info.CgroupVersion === "2" ? 2 : 1,
    driver: info.CgroupDriver === "systemd" ? "systemd" : "cgroupfs",
    installation,
    memoryBytes: memory.limitBytes,
    clock,
  });
  const bytesPerS = egress.mbitPerS ? egress.mbitPerS * BYTES_PER_MBIT : undefined;
  const allowed = {
    allow: egress.allow.map(parseAllowed),
    unfiltered: egress.unfiltered,
    bytesPerS,
    ready: egress.ready ?? 0,
  };
  const networkMetrics = deps.registry && new ReadyNetworkMetrics(deps.registry);
  const networkDeps = { docker, maker, installation, egress: allowed, metrics: networkMetrics };
  const network = new SandboxNetwork({ ...networkDeps, random, clock, logger });
  const isRemapped = (info.SecurityOptions ?? []).some((option) => /^name=(rootless|userns)/.test(option));
  const users = new SandboxUsers({ installation, isRemapped });
  const notices = await noticesOf(docker);
  const { fileSystems } = deps;
  const source = new DockerImageSource({ runtimeImages, functionImages, awsRuntimes, interpreter });
  const sandboxes = { docker, installation, cgroups, images: source, network, users, fileSystems };
  return new DockerEngine({
    ...sandboxes,
    cpu,
    seccomp,
    disks: diskLimits(deps, info.DockerRootDir),
    memory,
    tmpShareBytes: (memory.limitBytes * accountTmpPercent) / 100,
    processesPerAccount: Math.floor((processLimit() * accountProcessPercent) / 100),
    notices,
    watch,
    clock,
    logger,
  });
}

function diskLimits({ diskMbPerS = 0, dataDir, fileSystems }: EngineDeps, engineDir = dataDir): DiskLimits | undefined {
  if (diskMbPerS === 0) return undefined;
  const folders = [dataDir, engineDir, ...[...(fileSystems?.values() ?? [])].map(({ folder }) => folder)];
  const devices = [...new Set(folders.map(diskOf).filter((disk) => disk !== undefined))];
  if (devices.length > 0) return { devices, bytesPerS: diskMbPerS * 1024 * 1024 };
  throw new EngineRefused(
    `HEARTH_DISK_MB_PER_S=${diskMbPerS} cannot be applied: none of ${folders.join(", ")} lies on a disk of its own. Set it to 0.`,
  );
}

/** In a container the engine's folder is not there, but the container's own root lies on the same disk. */
function engineFolder(folder = "/"): string {
  return existsSync(folder) ? folder : "/";
}

async function noticesOf(docker: Docker): Promise<readonly string[]> {
  const { Components = [] } = (await docker.version()) as { Components?: { Name: string; Version: string }[] };
  const runc = Components.find(({ Name }) => Name === "runc");
  const warning = runc && runcWarning(runc.Version);
  return warning === undefined ? [] : [warning];
}

async function answers(docker: Docker, clock: Clock): Promise<void> {
  const late = Promise.withResolvers<never>();
  using _timer = clock.after(ANSWER_TIMEOUT_MS, () => late.reject(new Error(`not within ${ANSWER_TIMEOUT_MS} ms`)));
  await Promise.race([docker.ping(), late.promise]);
}
