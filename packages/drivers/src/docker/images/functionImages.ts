import type { Clock, Logger, Random } from "@hearth/kit";
import { type ImageResolution, parseImageReference } from "@hearth/model";
import type Docker from "dockerode";
import { abortable } from "../../abortable.ts";
import {
  type FunctionImage,
  imageName,
  type ImageProgram,
  type ImageReasonCode,
  ImageUnavailable,
} from "../../driver.ts";
import { INSTALLATION_LABEL } from "../labels.ts";
import { type EngineImages, isNotFound, type Progress, PullTooLarge } from "./engineImages.ts";
import { configOf, MAX_IMAGE_BYTES, unfit, variablesOf, volumeFolders } from "./imageInfo.ts";
import { isDockerHub, isPrivateHost, isWithin } from "./imageSources.ts";
import { KeptImages } from "./keptImages.ts";
import { registryCredentials } from "./registryCredentials.ts";

/** The description of an image must fit into one message of the launcher. */
const MAX_PROGRAM_BYTES = 48 * 1024;
const NOT_ALLOWED = "this Hearth makes no functions of images from there (HEARTH_IMAGE_REPOSITORIES)";
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const NO_ANSWER = "its registry did not say whether it has it; the launcher's log has why";
const NOT_ASKED = "its registry lies at a private address, and HEARTH_IMAGE_REPOSITORIES does not name it";
/** Original errors of registries and engines are only logged: they could reveal to a user what answers at an address. */
const REASONS: Readonly<Record<ImageReasonCode, string>> = {
  ImageDeleted: "its registry does not have it",
  ImageAccessDenied: "its registry denies it",
  InvalidImage: "it is no image that this engine can run",
};

export interface FunctionImagesDeps {
  readonly docker: Docker;
  /** Other installations may keep the same images on the same engine. */
  readonly installation: string;
  readonly images: Pick<EngineImages, "pull">;
  readonly dataDir: string;
  /** Allowed repositories or prefixes of them; all are allowed when it is empty. */
  readonly repositories: readonly string[];
  readonly pullTimeoutMs: number;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** What is needed to start a sandbox of an image. */
export interface BootableImage {
  readonly name: string;
  /** Variables that the image sets for every process in it. */
  readonly variables: readonly string[];
  /** Folders that the image would have as writable volumes, each as a volume that holds what the image has there. */
  readonly volumes: readonly { readonly name: string; readonly folder: string }[];
}

/** The images that functions bring themselves: resolves their names, pulls and keeps them. */
export class FunctionImages {
  readonly #deps: FunctionImagesDeps;
  readonly #stop: AbortSignal;
  readonly #running = new Map<string, Promise<ImageProgram>>();
  readonly #filled = new Set<string>();
  readonly #releasing = new Map<string, Promise<void>>();
  readonly #kept: KeptImages;
  /** The repository of the names that Hearth gives to images in use: the engine keeps an image that has a name, even when its original tag is moved or removed. */
  readonly #repository: string;

  /** Aborting `stop` ends every pull. */
  constructor(deps: FunctionImagesDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#kept = new KeptImages(deps.dataDir, deps.clock, deps.random);
    this.#repository = `hearth/function-${deps.installation}`;
    this.#stop = stop;
  }

  /** See `ImageSource.resolveImage`. A name without a registry's host refers to the engine's image if it has one. */
  async resolve(text: string, signal: AbortSignal): Promise<ImageResolution> {
    const reference = parseImageReference(text);
    if (!reference) return { kind: "missing", reason: "it is no image's name" };
    const { host, digest, repository } = reference;
    if (!this.#mayUse(repository)) return { kind: "denied", reason: NOT_ALLOWED };
    if (digest !== undefined && (await this.#find({ repository, digest }))) return { kind: "found", digest };
    const isHub = isDockerHub(host);
    const isClosed = this.#isClosed(host);
    const local = isHub || isClosed ? await this.#local(text, repository) : undefined;
    if (local !== undefined) return { kind: "found", digest: local };
    if (isClosed) return { kind: "unsupported", reason: NOT_ASKED };
    try {
      return { kind: "found", digest: await this.#atRegistry(text, host, signal) };
    } catch (error) {
      signal.throwIfAborted();
      const own = await this.#local(text, repository);
      const { logger } = this.#deps;
      if (own !== undefined) {
        logger.warn({ err: error, image: text }, "the engine's image is taken: its registry does not give it");
        return { kind: "found", digest: own };
      }
      logger.warn({ err: error, image: text }, "an image's registry does not give it");
      // Docker Hub answers "denied" for images that do not exist.
      if (isDenied(error) && !isHub) return { kind: "denied", reason: REASONS.ImageAccessDenied };
      if (isDenied(error) || isMissing(error)) return { kind: "missing", reason: REASONS.ImageDeleted };
      return { kind: "unknown", reason: NO_ANSWER };
    }
  }

  /** See `ImageSource.ensureImage`. */
  async ensure(image: FunctionImage, progress: Progress, signal: AbortSignal): Promise<ImageProgram> {
    const { digest } = image;
    let under = this.#running.get(digest);
    if (!under) {
      under = this.#ensure(image, progress).finally(() => this.#running.delete(digest));
      this.#running.set(digest, under);
    }
    return await abortable(under, signal);
  }

  /** Describes an image that `ensure` has made available. */
  async bootable(digest: string): Promise<BootableImage> {
    const name = this.#keptName(digest);
    const info = await this.#inspect(name);
    if (!info) throw new ImageUnavailable("ImageDeleted", `The engine no longer has the image sha256:${digest}.`);
    return {
      name,
      variables: Object.keys(variablesOf(info)).filter((variable) => variable !== ""),
      volumes: this.#volumesOf(info, digest),
    };
  }

  /** See `ImageSource.keptImages`. */
  kept(): Promise<readonly string[]> {
    return this.#kept.old();
  }

  /** See `ImageSource.releaseImage`. An image that was requested since it was listed, or is being requested, stays. */
  async release(digest: string): Promise<void> {
    if ((await this.#kept.isRecent(digest)) || this.#running.has(digest)) return;
    const releasing = this.#release(digest).finally(() => this.#releasing.delete(digest));
    this.#releasing.set(digest, releasing);
    await releasing;
  }

  async #release(digest: string): Promise<void> {
    const { docker, logger } = this.#deps;
    const kept = this.#keptName(digest);
    const info = await this.#inspect(kept);
    if (info) {
      const others = (info.RepoTags ?? []).filter((name) => name !== kept);
      const pulled = others.length > 0 ? [] : (info.RepoDigests ?? []);
      try {
        // The engine refuses while a container uses it. Removing the last name removes the image.
        this.#filled.delete(digest);
        await this.#removeFiller(digest);
        for (const { name } of this.#volumesOf(info, digest))
          await docker.getVolume(name).remove().catch(unlessNotFound);
        for (const name of [...pulled, kept]) await docker.getImage(name).remove().catch(unlessNotFound);
      } catch (error) {
        if ((error as { statusCode?: number }).statusCode !== 409) throw error;
        logger.info({ image: digest }, "an image that no function is made of any more is still in use");
        return;
      }
      logger.info({ image: digest }, "an image that no function is made of any more is no longer kept");
    }
    await this.#kept.forget(digest);
  }

  async #ensure(image: FunctionImage, progress: Progress): Promise<ImageProgram> {
    if (!this.#mayUse(image.repository)) throw new ImageUnavailable("ImageAccessDenied", NOT_ALLOWED);
    await this.#releasing.get(image.digest)?.catch(() => undefined); // the releasing call itself reports its error
    const info = (await this.#find(image)) ?? (await this.#pull(image, progress));
    refuseUnfit(info, image);
    await this.#fillVolumes(info, image.digest);
    const { Entrypoint, Cmd, WorkingDir } = configOf(info);
    const program = {
      entryPoint: asList(Entrypoint),
      command: asList(Cmd),
      workingDirectory: WorkingDir || "/",
      environment: { PATH: DEFAULT_PATH, ...variablesOf(info) },
    };
    if (Buffer.byteLength(JSON.stringify(program)) <= MAX_PROGRAM_BYTES) return program;
    throw new ImageUnavailable(
      "InvalidImage",
      `What the image ${imageName(image)} sets takes more than ${MAX_PROGRAM_BYTES} bytes.`,
    );
  }

  #mayUse(repository: string): boolean {
    const { repositories } = this.#deps;
    return repositories.length === 0 || isWithin(repository, repositories);
  }

  /** Whether the registry must not be asked: it is at a private address that HEARTH_IMAGE_REPOSITORIES does not name, where any internal service could answer. */
  #isClosed(host: string | undefined): boolean {
    return this.#deps.repositories.length === 0 && host !== undefined && isPrivateHost(host);
  }

  /** The engine's copy, which is kept from now on. */
  async #find(image: FunctionImage): Promise<Docker.ImageInspectInfo | undefined> {
    const kept = await this.#inspect(this.#keptName(image.digest));
    if (kept) {
      await this.#kept.note(image.digest);
      return kept;
    }
    // Its id alone would match any image, even one of another repository.
    const byId = this.#deps.repositories.length > 0 ? [] : [`sha256:${image.digest}`];
    for (const name of [imageName(image), ...byId]) {
      const found = await this.#inspect(name);
      if (found) return await this.#keep(found, image.digest);
    }
    return undefined;
  }

  /** Digest of the engine's image with that name, which is kept from now on. */
  async #local(text: string, repository: string): Promise<string | undefined> {
    const info = await this.#inspect(text);
    if (!info) return undefined;
    const listed = (info.RepoDigests ?? []).map((name) => name.split("@sha256:"));
    const known = listed.find(([name]) => familiar(name ?? "") === familiar(repository))?.[1];
    const digest = known ?? info.Id.replace(/^sha256:/, "");
    await this.#keep(info, digest);
    return digest;
  }

  async #atRegistry(text: string, host: string | undefined, signal: AbortSignal): Promise<string> {
    const authconfig = await registryCredentials(host);
    signal.throwIfAborted();
    const asked = this.#deps.docker.getImage(text).distribution({ authconfig }) as Promise<{
      Descriptor: { digest: string };
    }>;
    const { Descriptor } = await abortable(asked, signal);
    const digest = /^sha256:([0-9a-f]{64})$/.exec(Descriptor.digest)?.[1];
    if (digest === undefined) throw new Error(`the registry names the image by ${Descriptor.digest}`);
    return digest;
  }

  async #pull(image: FunctionImage, progress: Progress): Promise<Docker.ImageInspectInfo> {
    const { images, clock, logger, pullTimeoutMs } = this.#deps;
    const name = imageName(image);
    const host = parseImageReference(name)?.host;
    if (this.#isClosed(host)) throw cannotBePulled(name, "ImageAccessDenied", NOT_ASKED);
    progress(`pulling ${name}`);
    const since = clock.monotonicMs();
    const late = new AbortController();
    using _timer = clock.after(pullTimeoutMs, () => late.abort(new Error(`it took longer than ${pullTimeoutMs} ms`)));
    try {
      const credentials = await registryCredentials(host);
      const signal = AbortSignal.any([this.#stop, late.signal]);
      await images.pull(name, signal, { credentials, maxBytes: MAX_IMAGE_BYTES });
    } catch (error) {
      this.#stop.throwIfAborted();
      if (late.signal.aborted || error instanceof PullTooLarge)
        throw cannotBePulled(name, "InvalidImage", (error as Error).message);
      logger.warn({ err: error, image: name }, "an image cannot be pulled");
      const reasonCode = finalReason(error);
      if (reasonCode !== undefined) throw cannotBePulled(name, reasonCode, REASONS[reasonCode]);
      throw new Error(`The image ${name} cannot be pulled at the moment.`, { cause: error });
    }
    const info = await this.#inspect(name);
    if (!info) throw new Error(`the engine pulled ${name} and does not have it`);
    logger.info(
      { image: name, sizeBytes: info.Size, durationMs: Math.round(clock.monotonicMs() - since) },
      "image pulled",
    );
    if (unfit(info) !== undefined) await this.#deps.docker.getImage(name).remove().catch(unlessNotFound);
    refuseUnfit(info, image);
    return await this.#keep(info, image.digest);
  }

  async #keep(info: Docker.ImageInspectInfo, digest: string): Promise<Docker.ImageInspectInfo> {
    await this.#releasing.get(digest)?.catch(() => undefined);
    await this.#kept.note(digest);
    await this.#deps.docker.getImage(info.Id).tag({ repo: this.#repository, tag: digest });
    return info;
  }

  #keptName(digest: string): string {
    return `${this.#repository}:${digest}`;
  }

  #volumesOf(info: Docker.ImageInspectInfo, digest: string): BootableImage["volumes"] {
    const prefix = `hearth-function-${this.#deps.installation}-${digest}`;
    return volumeFolders(info).map((folder, i) => ({ name: `${prefix}-${i}`, folder }));
  }

  /** The engine copies the image's content into a new volume when a container is created with it. */
  async #fillVolumes(info: Docker.ImageInspectInfo, digest: string): Promise<void> {
    const volumes = this.#volumesOf(info, digest);
    if (volumes.length === 0 || this.#filled.has(digest)) return;
    const { docker, installation } = this.#deps;
    const Mounts = volumes.map(({ name, folder }) => ({ Type: "volume", Source: name, Target: folder }) as const);
    await this.#removeFiller(digest);
    try {
      await docker.createContainer({
        name: this.#fillerName(digest),
        Labels: { [INSTALLATION_LABEL]: installation },
        Image: this.#keptName(digest),
        Entrypoint: ["-"],
        NetworkDisabled: true,
        HostConfig: { Mounts },
      });
    } finally {
      await this.#removeFiller(digest);
    }
    this.#filled.add(digest);
  }

  #fillerName(digest: string): string {
    return `hearth-volumes-${this.#deps.installation}-${digest}`;
  }

  /** A killed launcher leaves this container behind, and it would prevent the removal of the image. */
  async #removeFiller(digest: string): Promise<void> {
    const filler = this.#deps.docker.getContainer(this.#fillerName(digest));
    await filler.remove({ force: true, v: true }).catch(unlessNotFound);
  }

  async #inspect(name: string): Promise<Docker.ImageInspectInfo | undefined> {
    try {
      return await this.#deps.docker.getImage(name).inspect();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }
}

function unlessNotFound(error: unknown): void {
  if (!isNotFound(error)) throw error;
}

function refuseUnfit(info: Docker.ImageInspectInfo, image: FunctionImage): void {
  const reason = unfit(info);
  if (reason === undefined) return;
  throw new ImageUnavailable("InvalidImage", `The image ${imageName(image)} cannot be used: ${reason}.`);
}

function cannotBePulled(name: string, reasonCode: ImageReasonCode, reason: string): ImageUnavailable {
  return new ImageUnavailable(reasonCode, `The image ${name} cannot be pulled: ${reason}.`);
}

function asList(command: string | readonly string[] | null | undefined): readonly string[] {
  if (typeof command === "string") return [command];
  return command ?? [];
}

/** Shortens Docker Hub's names to one form. */
function familiar(repository: string): string {
  return repository.replace(/^(index\.)?docker\.io\//, "").replace(/^library\//, "");
}

function isDenied(error: unknown): boolean {
  const { statusCode, message } = error as { statusCode?: number; message: string };
  return (
    statusCode === 401 ||
    statusCode === 403 ||
    /denied|unauthorized|no basic auth|authentication required/i.test(message)
  );
}

/** Matches the errors of registries and engines for an image that does not exist. */
function isMissing(error: unknown): boolean {
  const { message } = error as Error;
  return /manifest unknown|name unknown|no such (?:image|manifest)|not found|does not exist/i.test(message);
}

/** `undefined` where another attempt may succeed. */
function finalReason(error: unknown): ImageReasonCode | undefined {
  const { message } = error as Error;
  if (isMissing(error)) return "ImageDeleted";
  if (isDenied(error)) return "ImageAccessDenied";
  return /no matching manifest|does not match|unsupported|invalid/i.test(message) ? "InvalidImage" : undefined;
}
