import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Linux takes 107 bytes for the path of a Unix socket, macOS 103. */
const MAX_SOCKET_PATH_BYTES = 103;
const LONGEST_BELOW = "/s/0123456789abcdef/run/api.sock";

/** A path to `folder` that is short enough for the sockets below it. Disposal removes the link, if one was created. */
export interface ShortPath extends Disposable {
  readonly path: string;
}

/** `folder` itself when it is short enough, otherwise a link to it in a private folder below the system's folder for temporary files. */
export function shortPath(folder: string): ShortPath {
  const real = realpathSync(folder);
  if (Buffer.byteLength(real + LONGEST_BELOW) <= MAX_SOCKET_PATH_BYTES) {
    return { path: real, [Symbol.dispose]: () => undefined };
  }
  const private_ = mkdtempSync(join(tmpdir(), "hearth-"));
  const path = join(private_, "d");
  symlinkSync(real, path);
  chmodSync(private_, 0o711); // the invoker, and with the process driver functions, may be other users; the folder itself decides who may enter it
  return { path, [Symbol.dispose]: () => rmSync(private_, { recursive: true, force: true }) };
}
