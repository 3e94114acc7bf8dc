import { posix } from "node:path";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { extract, type Header, type Pack, pack } from "tar-stream";
import { dataOf } from "./debFile.ts";

/** Folders that are links into `usr` on a Debian of today, also where a package still says otherwise. */
const MERGED = ["bin", "sbin", "lib", "lib32", "lib64", "libx32"];
const DROPPED =
  /^usr\/share\/(doc(?!\/[^/]+\/copyright$)|man|info|locale|lintian|bug|doc-base|applications|pixmaps|icons)\/./;
const EPOCH = new Date(0);
const NEWLINE = Buffer.from("\n");

type Entry = Partial<Header> & Pick<Header, "name">;

export interface ExtraFile {
  /** Below the root, without a slash before it. */
  readonly path: string;
  readonly mode?: number;
  /** Text, bytes, or where a symbolic link leads; a folder when all are absent. */
  readonly content?: string | Buffer;
  readonly link?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * A root file system as a tar stream: the files of `debs`, then `extra` over them. All files belong to root, because the owner
 * is written in the stream only. Maintainer scripts are not run.
 */
export function rootfs(debs: readonly string[], extra: readonly ExtraFile[]): Pack {
  const out = pack();
  write(out, debs, extra).then(
    () => out.finalize(),
    (error: Error) => out.destroy(error),
  );
  return out;
}

async function write(out: Pack, debs: readonly string[], extra: readonly ExtraFile[]): Promise<void> {
  const written = new Set<string>();
  const certificates: Buffer[] = [];
  const put = async (header: Entry, content?: Buffer): Promise<void> => {
    const isNew = !written.has(header.name);
    written.add(header.name);
    if (header.type === "directory" && !isNew) return;
    await entry(out, { uid: 0, gid: 0, mtime: EPOCH, ...header }, content);
  };
  for (const folder of MERGED.slice(0, 3)) await put({ name: folder, type: "symlink", linkname: `usr/${folder}` });
  await put({ name: "lib64", type: "symlink", linkname: "usr/lib64" });

  for (const deb of debs) {
    const reader = extract();
    const reading = pipeline(await dataOf(deb), reader);
    for await (const found of reader) {
      const header = placed(found.header);
      const content = await buffer(found as unknown as Readable);
      if (!header) continue;
      if (/^usr\/share\/ca-certificates\/mozilla\/.*\.crt$/.test(header.name)) certificates.push(content, NEWLINE);
      await put(header, header.type === "file" ? content : undefined);
    }
    await reading;
  }
  if (certificates.length > 0) {
    await put({ name: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, type: "file" }, Buffer.concat(certificates));
    await put({ name: "usr/lib/ssl/cert.pem", type: "symlink", linkname: "/etc/ssl/certs/ca-certificates.crt" });
  }
  for (const { path, mode, content, link, uid = 0, gid = 0 } of extra) {
    if (link !== undefined) await put({ name: path, type: "symlink", linkname: link, uid, gid });
    else if (content === undefined) await put({ name: path, type: "directory", mode: mode ?? 0o755, uid, gid });
    else await put({ name: path, type: "file", mode: mode ?? 0o644, uid, gid }, Buffer.from(content));
  }
}

/** Where an entry of a package goes, or `undefined` when it is left out. */
function placed(header: Header): Entry | undefined {
  const name = header.name.replace(/^(\.?\/)+/, "").replace(/\/+$/, "");
  const isLinkIntoUsr = MERGED.includes(name);
  if (name === "" || name === "." || isLinkIntoUsr || DROPPED.test(name)) return undefined;
  const target = header.type === "symlink" ? linkTarget(name, header.linkname ?? "") : header.linkname;
  const { uid, gid, mode, type } = header;
  const linkname = header.type === "link" ? merged((target ?? "").replace(/^(\.?\/)+/, "")) : target;
  return {
    name: merged(name),
    type: type ?? "file",
    ...(mode === undefined ? {} : { mode }),
    uid: uid ?? 0,
    gid: gid ?? 0,
    ...(linkname ? { linkname } : {}),
  };
}

function merged(name: string): string {
  return MERGED.some((folder) => name.startsWith(`${folder}/`)) ? `usr/${name}` : name;
}

/** Corrects a relative link in a folder that moves into `usr`. */
function linkTarget(name: string, target: string): string {
  const moves = merged(name) !== name && target.includes("..");
  return moves ? posix.resolve("/", posix.dirname(name), target) : target;
}

/** Waits until the reader of the stream has taken it. */
function entry(out: Pack, header: Entry, content?: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error | null): void => (error ? reject(error) : resolve());
    if (content) out.entry({ ...header, size: content.length }, content, done);
    else out.entry(header, done);
  });
}
