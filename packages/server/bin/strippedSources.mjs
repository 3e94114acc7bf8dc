// Node is started with `--import` of this file (nodeFlags.mjs): Hearth's sources are read without their types, as stripSources.mjs has left them.
//
// Otherwise Node takes the types away while it starts, with a compiler that stays in memory: 18 MB in each process, and a third of the processor time of a
// start. A source that is not in the folder, such as one that has changed since, is read as Node does it.
//
// Imports between Hearth's own sources name a file or a package of this repository. They are resolved here: Node looks for links and for a package.json
// in every folder above each file, which takes a quarter of the processor time of what is left of a start.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isWrittenBy, ROOT, sourceFolder, sourceName } from "./sourceFolder.mjs";

/** What Node says of a `.ts` file of a package whose `type` is `module`. */
const FORMAT = "module-typescript";
const PACKAGES = `${pathToFileURL(join(ROOT, "packages")).href}/`;

const own = process.getuid?.() ?? 0;
const writer = [own, 0].find((uid) => isWrittenBy(uid, sourceFolder(uid)));
if (writer !== undefined) {
  const folder = sourceFolder(writer);
  const ownPackages = new Map();
  registerHooks({
    resolve(specifier, context, nextResolve) {
      if (!context.parentURL?.startsWith(PACKAGES)) return nextResolve(specifier, context);
      if (specifier.startsWith(".") && specifier.endsWith(".ts")) {
        return { url: new URL(specifier, context.parentURL).href, format: FORMAT, shortCircuit: true };
      }
      if (!specifier.startsWith("@hearth/")) return nextResolve(specifier, context);
      let found = ownPackages.get(specifier);
      if (found === undefined) {
        const { url, format } = nextResolve(specifier, context);
        ownPackages.set(specifier, (found = { url, format, shortCircuit: true }));
      }
      return found;
    },
    load(url, context, nextLoad) {
      const source = url.startsWith(PACKAGES) && url.endsWith(".ts") ? stripped(fileURLToPath(url), folder) : undefined;
      return source === undefined ? nextLoad(url, context) : { format: "module", source, shortCircuit: true };
    },
  });
}

function stripped(path, folder) {
  try {
    return readFileSync(join(folder, sourceName(readFileSync(path))), "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "EACCES") return undefined;
    throw error;
  }
}
