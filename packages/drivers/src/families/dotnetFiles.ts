import { createReadStream, createWriteStream, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract } from "tar-stream";
import { openPromise, type Entry } from "yauzl";
import type { Downloads } from "../docker/images/download.ts";
import { COMPILER, FRAMEWORK, HOST, type PinnedFile, PYTHON_NET } from "./dotnetPackages.ts";

/** For debuggers and profilers of Microsoft's own, which sandboxes do not have. */
const OMITTED = new Set(["createdump", "libmscordaccore.so", "libmscordbi.so", "libcoreclrtraceptprovider.so"]);
const HOST_LIBRARY = "libhostfxr.so";
const PREFIX = "package/dist/";

interface Library {
  readonly runtime?: Readonly<Record<string, object>>;
  readonly native?: Readonly<Record<string, object>>;
}
interface Dependencies {
  readonly targets: Readonly<Record<string, Readonly<Record<string, Library>>>>;
}

/** Writes the compiler and what starts it into `folder`. */
export async function writeCompiler(folder: string, downloads: Downloads, signal: AbortSignal): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const wanted = /^package\/dist\/generator\/(Microsoft\.CodeAnalysis(\.CSharp)?\.dll)$/;
  await unpackTar(await fetched(COMPILER, downloads, signal), (path) => {
    const name = wanted.exec(path)?.[1];
    return name === undefined ? undefined : join(folder, name);
  });
  await unpackZip(await fetched(PYTHON_NET, downloads, signal), "pythonnet/runtime/Python.Runtime.dll", folder);
}

/** Writes .NET 9.0 into `folder` as its installers lay it out: the command, its host library and the two shared frameworks. */
export async function writeStandIn(folder: string, downloads: Downloads, signal: AbortSignal): Promise<void> {
  const package_ = await fetched(FRAMEWORK, downloads, signal);
  mkdirSync(folder, { recursive: true });
  const list = join(folder, "list.json");
  await unpackTar(package_, (path) => (path === `${PREFIX}azmcp.deps.json` ? list : undefined));
  const { targets } = JSON.parse(readFileSync(list, "utf8")) as Dependencies;
  const places = new Map<string, string>();
  for (const [target, libraries] of Object.entries(targets))
    for (const [library, files] of Object.entries(libraries)) {
      const [, name, version] = /^runtimepack\.(Microsoft\..*)\.Runtime\.linux-x64\/([\d.]+)$/.exec(library) ?? [];
      if (name === undefined || version === undefined) continue;
      const shared = join(folder, "shared", name, version);
      mkdirSync(shared, { recursive: true });
      for (const file of Object.keys({ ...files.runtime, ...files.native }))
        if (file === HOST_LIBRARY) places.set(PREFIX + file, join(folder, "host/fxr", version, file));
        else if (!OMITTED.has(file)) places.set(PREFIX + file, join(shared, file));
      // The host takes a folder for a framework only where it has such a list.
      const own = `${name}/${version}`;
      const document = {
        runtimeTarget: { name: target, signature: "" },
        targets: { [target]: { [own]: files } },
        libraries: { [own]: { type: "package", serviceable: true, sha512: "" } },
      };
      writeFileSync(join(shared, `${name}.deps.json`), JSON.stringify(document));
    }
  await unpackTar(package_, (path) => places.get(path));
  await unpackZip(await fetched(HOST, downloads, signal), "dotnetcore2/bin/dotnet", folder, 0o755);
}

function fetched(file: PinnedFile, downloads: Downloads, signal: AbortSignal): Promise<string> {
  return downloads.file([file.url], file.sha256, signal);
}

/** Unpacks the entries that `placeOf` names a path for. */
async function unpackTar(path: string, placeOf: (entry: string) => string | undefined): Promise<void> {
  const entries = extract();
  const unpacked = pipeline(createReadStream(path), createGunzip(), entries);
  for await (const entry of entries) {
    const place = entry.header.type === "file" ? placeOf(entry.header.name) : undefined;
    if (place === undefined) {
      entry.resume();
      continue;
    }
    mkdirSync(dirname(place), { recursive: true });
    await pipeline(entry, createWriteStream(place));
  }
  await unpacked;
}

/** Unpacks one file of a wheel. */
async function unpackZip(path: string, name: string, into: string, mode = 0o644): Promise<void> {
  const zip = await openPromise(path, { lazyEntries: true });
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
    if (entry.fileName !== name) continue;
    await pipeline(await zip.openReadStreamPromise(entry), createWriteStream(join(into, basename(name)), { mode }));
    return;
  }
  throw new Error(`${path} has no ${name}`);
}
