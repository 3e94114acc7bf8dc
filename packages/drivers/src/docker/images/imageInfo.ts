import { posix } from "node:path";
import type Docker from "dockerode";

type Info = Docker.ImageInspectInfo;

/** Size of an image's unpacked layers. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_IMAGE_BYTES = 10 * 1024 ** 3;
/** Each becomes a volume of the engine and a mount of every sandbox. */
const MAX_VOLUMES = 16;

/** Why an image cannot be used for a function; `undefined` when it can. */
export function unfit(info: Info): string | undefined {
  if (info.Size > MAX_IMAGE_BYTES) return `it takes ${info.Size} bytes, and ${MAX_IMAGE_BYTES} are allowed`;
  const volumes = Object.keys(configOf(info).Volumes ?? {}).length;
  return volumes > MAX_VOLUMES ? `it declares ${volumes} volumes, and ${MAX_VOLUMES} are allowed` : undefined;
}

/** Newer engines omit empty settings. */
export function configOf({ Config }: Info): Partial<Info["Config"]> {
  return (Config as Info["Config"] | undefined) ?? {};
}

export function variablesOf(info: Info): Record<string, string> {
  const pairs = (configOf(info).Env ?? []).map((entry) => [
    entry.split("=", 1)[0] ?? "",
    entry.replace(/^[^=]*=?/, ""),
  ]);
  return Object.fromEntries(pairs);
}

/** The folders that the image declares as writable volumes. */
export function volumeFolders(info: Info): readonly string[] {
  const folders = Object.keys(configOf(info).Volumes ?? {}).map((folder) => posix.resolve("/", folder));
  // A sandbox has its own /tmp.
  return [...new Set(folders.filter((folder) => folder !== "/" && folder !== "/tmp"))].toSorted();
}
