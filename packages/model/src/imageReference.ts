/** The parts of an image name as Docker and AWS write it: `host:port/path/name:tag@sha256:digest`. */
export interface ImageReference {
  /** Includes the registry's host when the name has one; excludes tag and digest. */
  readonly repository: string;
  /** The registry's host; absent in names of Docker Hub. */
  readonly host?: string;
  readonly tag?: string;
  /** 64 lower-case hexadecimal digits. */
  readonly digest?: string;
}

/** The result of looking up an image name. */
export type ImageResolution =
  | { readonly kind: "found"; readonly digest: string }
  | {
      /** `missing`: no such image. `denied`: no permission. `unknown`: the look-up failed. `unsupported`: this Hearth runs no images. */
      readonly kind: "missing" | "denied" | "unknown" | "unsupported";
      readonly reason: string;
    };

const MAX_REFERENCE = 512;
/** Longest name of a repository. */
const MAX_NAME = 255;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*(?::[0-9]{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}$/;
const DIGEST = /^sha256:([0-9a-f]{64})$/;

/** The parts of a valid image name; `undefined` for an invalid one. https://github.com/distribution/reference */
export function parseImageReference(text: string): ImageReference | undefined {
  if (text.length > MAX_REFERENCE) return undefined;
  const [named = "", written, ...more] = text.split("@");
  const digest = written === undefined ? undefined : DIGEST.exec(written)?.[1];
  if (more.length > 0 || (written !== undefined && digest === undefined)) return undefined;
  const colon = named.lastIndexOf(":");
  const isTagged = colon > named.lastIndexOf("/");
  const tag = isTagged ? named.slice(colon + 1) : undefined;
  const repository = isTagged ? named.slice(0, colon) : named;
  if (tag !== undefined && !TAG.test(tag)) return undefined;
  const components = repository.split("/");
  const host = components.length > 1 && /[.:]|^localhost$/.test(components[0] ?? "") ? components.shift() : undefined;
  if (repository.length > MAX_NAME || (host !== undefined && !HOST.test(host))) return undefined;
  if (!components.every((component) => COMPONENT.test(component))) return undefined;
  return {
    repository,
    ...(host !== undefined && { host }),
    ...(tag !== undefined && { tag }),
    ...(digest !== undefined && { digest }),
  };
}
