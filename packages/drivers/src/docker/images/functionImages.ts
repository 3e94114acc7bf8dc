import type { Clock, Logger, Random } from "@hearth/kit";
import { type ImageResolution, OWNER_ACCOUNT, parseImageReference } from "@hearth/model";
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
import type { ImageGrants, ImageRight } from "./imageGrants.ts";
import { isDockerHub, isPrivateHost } from "./imageSources.ts";
import { KeptImages } from "./keptImages.ts";
import { type RegistryCredentials, registryCredentials } from "./registryCredentials.ts";

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
  /** What the images are for, in the names that the engine keeps them under; `function` when absent. */
  readonly purpose?: "function" | "aws-runtime";
  readonly images: Pick<EngineImages, "pull">;
  readonly dataDir: string;
  readonly grants: Pick<ImageGrants, "of">;
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
  readonly #purpose: "function" | "aws-runtime";
  /** The repository of the names that Hearth gives to images in use: the engine keeps an image that has a name, even when its original tag is moved or removed. */
  readonly #repository: string;

  /** Aborting `stop` ends every pull. */
  constructor(deps: FunctionImagesDeps, stop: AbortSignal) {
    this.#deps = deps;
    this.#purpose = deps.purpose ?? "function";
    this.#kept = new KeptImages(deps.dataDir, deps.clock, deps.random);
    this.#repository = `hearth/${this.#purpose}-${deps.installation}`;
    this.#stop = stop;
  }

  /** See `ImageSource.resolveImage`. A name without a registry's host refers to the engine's image if it has one. */
  async resolve(text: string, accountId: string, signal: AbortSignal): Promise<ImageResolution> {
    const reference = parseImageReference(text);
    if (!reference) return { kind: "missing", reason: "it is no image's name" };
    const { host, digest, repository } = reference;
    const right = this.#deps.grants.of(accountId, repository, host);
    if (right === "none") return { kind: "denied", reason: NOT_ALLOWED };
    if (right === "public") return await this.#resolvePublic(text, host, signal);
    const image = digest !== undefined && { accountId, repository, digest };
    if (image && (await this.#find(image, right))) return { kind: "found", digest: image.digest };
    const isHub = isDockerHub(host);
    const isClosed = isNotAsked(right, host);
    const local = isHub || isClosed ? await this.#local(text, repository, accountId) : undefined;
    if (local !== undefined) return { kind: "found", digest: local };
    if (isClosed) return { kind: "unsupported", reason: NOT_ASKED };
    try {
      return { kind: "found", digest: await this.#atRegistry(text, await registryCredentials(host), signal) };
    } catch (error) {
      signal.throwIfAborted();
      const own = await this.#local(text, repository, accountId);
      if (own === undefined) return this.#notGiven(error, text, isHub);
      this.#deps.logger.warn({ err: error, image: text }, "the engine's image is taken: its registry does not give it");
      return { kind: "found", digest: own };
    }
  }

  /** Asks the registry as anyone could, also for a digest: what the engine has may be another account's. */
  async #resolvePublic(text: string, host: string | undefined, signal: AbortSignal): Promise<ImageResolution> {
    try {
      return { kind: "found", digest: await this.#atRegistry(text, undefined, signal) };
    } catch (error) {
      signal.throwIfAborted();
      return this.#notGiven(error, text, isDockerHub(host));
    }
  }

  #notGiven(error: unknown, text: string, isHub: boolean): ImageResolution {
    this.#deps.logger.warn({ err: error, image: text }, "an image's registry does not give it");
    // Docker Hub answers "denied" for images that do not exist.
    if (isDenied(error) && !isHub) return { kind: "denied", reason: REASONS.ImageAccessDenied };
    if (isDenied(error) || isMissing(error)) return { kind: "missing", reason: REASONS.ImageDeleted };
    return { kind: "unknown", reason: NO_ANSWER };
  }

  /** See `ImageSource.ensureImage`. */
  async ensure(image: FunctionImage, progress: Progress, signal: AbortSignal): Promise<ImageProgram> {
    // By account and name too: another account may not be allowed what one already gets.
    const key = `${image.accountId}/${imageName(image)}`;
    let under = this.#running.get(key);
    if (!under) {
      under = this.#ensure(image, progress).finally(() => this.#running.delete(key));
      this.#running.set(key, under);
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
    const isRequested = [...this.#running.keys()].some((key) => key.endsWith(digest));
    if ((await this.#kept.isRecent(digest)) || isRequested) return;
    const releasing = this.#release(digest).finally(() => this.#releasing.delete(digest));
    this.#releasing.set(digest, releasing);
    await releasing;
  }

  async #release(digest: string): Promise<void> {
    const { docker, logger } = this.#deps;
    const kept = this.#keptName(digest);
    const info = await this.#inspect(kept);
    if (info) {
      const isOurs = (name: string): boolean => name.startsWith(this.#repository) && name.endsWith(`:${digest}`);
      const ours = (info.RepoTags ?? []).filter((name) => name !== kept && isOurs(name));
      const others = (info.RepoTags ?? []).filter((name) => !isOurs(name));
      const pulled = others.length > 0 ? [] : (info.RepoDigests ?? []);
      try {
        // The engine refuses while a container uses it. Removing the last name removes the image.
        this.#filled.delete(digest);
        await this.#removeFiller(digest);
        for (const { name } of this.#volumesOf(info, digest))
          await docker.getVolume(name).remove().catch(unlessNotFound);
        for (const name of [...pulled, ...ours, kept]) await docker.getImage(name).remove().catch(unlessNotFound);
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
    const host = parseImageReference(imageName(image))?.host;
    const right = this.#deps.grants.of(image.accountId, image.repository, host);
    if (right === "none") throw new ImageUnavailable("ImageAccessDenied", NOT_ALLOWED);
    await this.#releasing.get(image.digest)?.catch(() => undefined); // the releasing call itself reports its error
    const info = (await this.#find(image, right)) ?? (await this.#pull(image, right, progress));
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

  /** The engine's copy that the account may use, which is kept from now on. */
  async #find(image: FunctionImage, right: ImageRight): Promise<Docker.ImageInspectInfo | undefined> {
    const { accountId, digest } = image;
    if (right !== "public") {
      const kept = await this.#inspect(this.#keptName(digest, accountId));
      if (kept) return await this.#keep(kept, digest, accountId);
    }
    // The engine finds this name only for an image that was pulled from this repository. An id alone would match the image of any repository.
    for (const name of [imageName(image), ...(right === "any" ? [`sha256:${digest}`] : [])]) {
      const found = await this.#inspect(name);
      if (found) return await this.#keep(found, digest, accountId);
    }
    return undefined;
  }

  /** Digest of the engine's image with that name, which is kept from now on. */
  async #local(text: string, repository: string, accountId: string): Promise<string | undefined> {
    const info = await this.#inspect(text);
    if (!info) return undefined;
    const listed = (info.RepoDigests ?? []).map((name) => name.split("@sha256:"));
    const known = listed.find(([name]) => familiar(name ?? "") === familiar(repository))?.[1];
    const digest = known ?? info.Id.replace(/^sha256:/, "");
    await this.#keep(info, digest, accountId);
    return digest;
  }

  async #atRegistry(text: string, authconfig: RegistryCredentials | undefined, signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    const asked = this.#deps.docker.getImage(text).distribution({ authconfig }) as Promise<{
      Descriptor: { digest: string };
    }>;
    const { Descriptor } = await abortable(asked, signal);
    const digest = /^sha256:([0-9a-f]{64})$/.exec(Descriptor.digest)?.[1];
    if (digest === undefined) throw new Error(`the registry names the image by ${Descriptor.digest}`);
    return digest;
  }

  async #pull(image: FunctionImage, right: ImageRight, progress: Progress): Promise<Docker.ImageInspectInfo> {
    const { images, clock, logger, pullTimeoutMs } = this.#deps;
    const name = imageName(image);
    const host = parseImageReference(name)?.host;
    if (isNotAsked(right, host)) throw cannotBePulled(name, "ImageAccessDenied", NOT_ASKED);
    progress(`pulling ${name}`);
    const since = clock.monotonicMs();
    const late = new AbortController();
    using _timer = clock.after(pullTimeoutMs, () => late.abort(new Error(`it took longer than ${pullTimeoutMs} ms`)));
    try {
      const credentials = right === "public" ? undefined : await registryCredentials(host);
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
    return await this.#keep(info, image.digest, image.accountId);
  }

  async #keep(info: Docker.ImageInspectInfo, digest: string, accountId: string): Promise<Docker.ImageInspectInfo> {
    await this.#releasing.get(digest)?.catch(() => undefined);
    await this.#kept.note(digest);
    const ofAccount = this.#keptName(digest, accountId);
    for (const name of new Set([this.#keptName(digest), ofAccount])) {
      await this.#deps.docker.getImage(info.Id).tag({ repo: name.slice(0, name.lastIndexOf(":")), tag: digest });
    }
    return info;
  }

  /** The name under which the engine keeps an image, and for an account other than the owner's the one that shows that it has been given it. */
  #keptName(digest: string, accountId = OWNER_ACCOUNT): string {
    return `${this.#repository}${accountId === OWNER_ACCOUNT ? "" : `-${accountId}`}:${digest}`;
  }

  #volumesOf(info: Docker.ImageInspectInfo, digest: string): BootableImage["volumes"] {
    const prefix = `hearth-${this.#purpose}-${this.#deps.installation}-${digest}`;
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

/** Whether the registry must not be asked: it is at a private address that HEARTH_IMAGE_REPOSITORIES does not name, where any internal service could answer. */
function isNotAsked(right: ImageRight, host: string | undefined): boolean {
  return right !== "named" && host !== undefined && isPrivateHost(host);
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
