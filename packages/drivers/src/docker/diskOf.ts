import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";

/** The device of the whole disk that holds `path`, as `/dev/…`; `undefined` where a file system lies on no single disk or `path` is not there. */
export function diskOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  // As glibc splits a device number.
  const major = Math.floor(found.dev / 256) & 0xfff;
  const minor = (found.dev & 0xff) | (Math.floor(found.dev / 4096) & 0xfff00);
  const link = `/sys/dev/block/${major}:${minor}`;
  if (!existsSync(link)) return undefined;
  const device = realpathSync(link);
  const disk = existsSync(join(device, "partition")) ? dirname(device) : device;
  return `/dev/${basename(disk).replaceAll("!", "/")}`;
}
