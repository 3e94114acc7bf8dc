import { posix } from "node:path";
import type Docker from "dockerode";

type Info = Docker.ImageInspectInfo;

/** Of an image's layers, unpacked. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_IMAGE_BYTES = 10 * 1024 ** 3;
/** Each is a volume of the engine's and a mount of every sandbox. */
const MAX_VOLUMES = 16;

/** Why no function is made of it. */
export function unfit(info: Info): string | undefined {
  if (info.Size > MAX_IMAGE_BYTES) return `it takes ${info.Size} bytes, and ${MAX_IMAGE_BYTES} are allowed`;
  const volumes = Object.keys(configOf(info).Volumes ?? {}).length;
  return volumes > MAX_VOLUMES ? `it declares ${volumes} volumes, and ${MAX_VOLUMES} are allowed` : undefined;
}

/** Newer engines leave out what is empty. */
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

/** What the image would have as writable volumes. */
export function volumeFolders(info: Info): readonly string[] {
  const folders = Object.keys(configOf(info).Volumes ?? {}).map((folder) => posix.resolve("/", folder));
  // Where a sandbox's own /tmp lies, there is no volume anyway.
  return [...new Set(folders.filter((folder) => folder !== "/" && folder !== "/tmp"))].toSorted();
}
