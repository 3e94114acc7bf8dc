import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { extract, type Header, pack } from "tar-stream";
import { expect, onTestFinished, test } from "vitest";
import { TestDataDir } from "../../../testing/testLauncher.ts";
import { dataOf } from "./debFile.ts";
import { type ExtraFile, rootfs } from "./rootfs.ts";

type Entry = Partial<Header> & { name: string; content?: string };

/** A .deb as dpkg-deb makes it. */
async function debOf(
  entries: readonly Entry[],
  compress: (tar: Buffer) => Buffer = gzipSync,
  ending = "gz",
): Promise<string> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? "");
  tar.finalize();
  const data = compress(await buffer(tar as unknown as Readable));
  const member = (name: string, content: Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(
        `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${`${content.length}`.padEnd(10)}\`\n`,
      ),
      content,
      Buffer.alloc(content.length % 2, "\n"),
    ]);
  const folder = new TestDataDir();
  onTestFinished(() => folder[Symbol.dispose]());
  const path = join(folder.path, "p.deb");
  const parts = [
    member("debian-binary", Buffer.from("2.0\n")),
    member("control.tar.gz", Buffer.from("odd")),
    member(`data.tar.${ending}`, data),
  ];
  writeFileSync(path, Buffer.concat([Buffer.from("!<arch>\n"), ...parts]));
  return path;
}

async function filesOf(
  debs: readonly string[],
  extra: readonly ExtraFile[] = [],
): Promise<Map<string, { header: Header; text: string }>> {
  const reader = extract();
  (rootfs(debs, extra) as unknown as Readable).pipe(reader);
  const files = new Map<string, { header: Header; text: string }>();
  for await (const entry of reader) {
    files.set(entry.header.name.replace(/\/$/, ""), {
      header: entry.header,
      text: (await buffer(entry as unknown as Readable)).toString(),
    });
  }
  return files;
}

test("what a package puts into /bin and /lib is in /usr, as on a Debian of today", async () => {
  const deb = await debOf([
    { name: "./bin/sh", content: "shell", mode: 0o755 },
    { name: "./lib/x86/libx.so", type: "symlink", linkname: "../../usr/share/x" },
    { name: "./lib64", type: "symlink", linkname: "elsewhere" },
  ]);
  const files = await filesOf([deb]);
  expect(files.get("bin")?.header).toMatchObject({ type: "symlink", linkname: "usr/bin" });
  expect(files.get("usr/bin/sh")).toMatchObject({ text: "shell", header: { mode: 0o755, uid: 0, gid: 0 } });
  expect(files.get("usr/lib/x86/libx.so")?.header.linkname).toBe("/usr/share/x");
  expect(files.get("lib64")?.header.linkname).toBe("usr/lib64");
});

test("manuals are left out, licences stay", async () => {
  const names = [
    "./usr/share/doc/p/changelog.gz",
    "./usr/share/doc/p/copyright",
    "./usr/share/man/man1/p.1.gz",
    "./usr/bin/p",
  ];
  const files = await filesOf([await debOf(names.map((name) => ({ name, content: "x" })))]);
  expect([...files.keys()].filter((name) => name.startsWith("usr/"))).toEqual([
    "usr/share/doc/p/copyright",
    "usr/bin/p",
  ]);
});

test("certificates become one bundle", async () => {
  const folder = "./usr/share/ca-certificates/mozilla";
  const deb = await debOf([
    { name: `${folder}/A.crt`, content: "AAA" },
    { name: `${folder}/B.crt`, content: "BBB\n" },
  ]);
  expect((await filesOf([deb])).get("etc/ssl/certs/ca-certificates.crt")?.text).toBe("AAA\nBBB\n\n");
});

test("files of one's own lie over those of packages", async () => {
  const deb = await debOf([{ name: "./etc/passwd", content: "theirs" }]);
  const extra = [
    { path: "etc/passwd", content: "ours" },
    { path: "data", uid: 999, gid: 999 },
  ];
  const files = await filesOf([deb], extra);
  expect(files.get("etc/passwd")?.text).toBe("ours");
  expect(files.get("data")?.header).toMatchObject({ type: "directory", uid: 999 });
});

test("packages compressed with zstd are read too", async () => {
  const deb = await debOf([{ name: "./usr/bin/p", content: "content" }], zstdCompressSync, "zst");
  expect((await filesOf([deb])).get("usr/bin/p")?.text).toBe("content");
});

test("what is no package is refused", async () => {
  using folder = new TestDataDir();
  const path = join(folder.path, "x.deb");
  writeFileSync(path, "<html>");
  await expect(dataOf(path)).rejects.toThrow("no Debian package");
  writeFileSync(path, "!<arch>\n");
  await expect(dataOf(path)).rejects.toThrow("no data");
});
