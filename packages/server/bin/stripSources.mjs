// Writes the sources of Hearth without their types, for strippedSources.mjs to read. Under the pinned Node, before Hearth starts and when its image is made.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { isWrittenBy, ROOT, sourceFolder, sourceName } from "./sourceFolder.mjs";

try {
  stripAll();
} catch (error) {
  if (!["EACCES", "EROFS", "EPERM", "ENOSPC"].includes(error.code)) throw error;
  process.stderr.write(`hearth: sources are read as they are, which takes more time and memory: ${error.message}\n`);
}

function stripAll() {
  const uid = process.getuid?.() ?? 0;
  const folder = sourceFolder(uid);
  process.umask(0o022);
  mkdirSync(folder, { recursive: true });
  if (!isWrittenBy(uid, folder)) return;
  const there = new Set(readdirSync(folder));
  const wanted = new Set();
  for (const path of sources()) {
    const source = readFileSync(path);
    const name = sourceName(source);
    wanted.add(name);
    if (!there.has(name)) write(join(folder, name), stripTypeScriptTypes(source.toString("utf8")));
  }
  // Those of other versions of the sources. A process that still runs one of these reads it as Node does. With a dot: another process writes it now.
  for (const name of there) if (!wanted.has(name) && !name.includes(".")) rmSync(join(folder, name), { force: true });
}

function* sources() {
  const packages = join(ROOT, "packages");
  for (const name of readdirSync(packages)) {
    for (const part of ["src", "bin"].map((folder) => join(packages, name, folder)).filter(existsSync)) {
      for (const entry of readdirSync(part, { withFileTypes: true, recursive: true })) {
        if (entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
          yield join(entry.parentPath, entry.name);
      }
    }
  }
}

/** Whole or not at all: several processes may write at the same time, and one may be killed. */
function write(file, text) {
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}
