import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type BaseRecipe,
  BOOKWORM,
  BULLSEYE,
  CPP_LIBRARY,
  FORKY,
  sandboxBase,
  TRIXIE,
} from "../docker/images/baseRecipe.ts";
import { unpackWheel } from "../docker/images/wheels.ts";
import { bootstrapFolder } from "./bootstrapFolder.ts";
import type { RuntimeFamily } from "./family.ts";
import { hostPython } from "./hostPython.ts";
import { wheelsFor } from "./pythonPackages.ts";

/** AWS's own example of a custom runtime is a shell script that calls curl. */
export const PYTHON_3_13_BASE = sandboxBase("python3.13", TRIXIE, ["python3.13", CPP_LIBRARY, "curl"]);
/** Wheels bring their own libraries, except for the C++ one and those of the C compiler. */
const DEBIAN_BASES: Readonly<Record<string, BaseRecipe>> = {
  "3.9": sandboxBase("python3.9", BULLSEYE, ["python3.9", "python3-distutils", CPP_LIBRARY]),
  "3.11": sandboxBase("python3.11", BOOKWORM, ["python3.11", "python3-distutils", CPP_LIBRARY]),
  "3.13": PYTHON_3_13_BASE,
  "3.14": sandboxBase("python3.14", FORKY, ["python3.14", CPP_LIBRARY]),
};
/** Versions that Debian does not have, and the next one up that it has. */
const NEXT_IN_DEBIAN: Readonly<Record<string, string>> = { "3.10": "3.11", "3.12": "3.13" };

/** Served exactly on a published image; on Debian packages some versions are served by the next one up. */
export const python: RuntimeFamily = {
  name: "python",
  versionOf: (runtime) => /^python(3\.\d+)$/.exec(runtime)?.[1],
  identifierOf: (version) => `python${version}`,
  bootstrap: { folder: bootstrapFolder("python"), file: "bootstrap.py", shared: bootstrapFolder("supervisor") },
  interpreterOptions: [],
  image: {
    interpreter: "/var/lang/bin/python3",
    publishedBase: (version) => (/^3\.(9|1\d)$/.test(version) ? `python:${version}-slim` : undefined),
    debian(version) {
      const served = NEXT_IN_DEBIAN[version] ?? version;
      const base = DEBIAN_BASES[served];
      return base && { base, version: served };
    },
    buildArguments: (version) => ({ PYTHON: version }),
    packagesOf: (version) => JSON.stringify(wheelsFor(version)),
    async contents(version, { workDir, downloads, progress, signal }) {
      progress("downloading boto3 from PyPI");
      mkdirSync(workDir, { recursive: true });
      const folder = mkdtempSync(join(workDir, "wheels-"));
      const dispose = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
      try {
        for (const { url, sha256 } of wheelsFor(version)) {
          await unpackWheel(await downloads.file([url], sha256, signal), folder);
        }
      } catch (error) {
        await dispose();
        throw error;
      }
      const bin = { to: "root/var/lang/bin/.keep", text: "" };
      return { entries: [bin, { to: "root/var/runtime", from: folder }], [Symbol.asyncDispose]: dispose };
    },
  },
  host: {
    find: async (version, probe) =>
      (await hostPython(`python${version}`, probe)) ?? (await hostPython("python3", probe)),
    missing: (runtime, version) =>
      `${runtime} needs python${version} or another python3 on the PATH, or a Docker Engine: install one and start Hearth again`,
  },
  environment: {
    // The bootstrap adds the folders of layers to sys.path itself.
    defaults: (_runtime, { runtimeDir }) => ({ PYTHONPATH: runtimeDir }),
    hasExecutionEnv: true,
    readAtStart: /^PYTHON(?!PATH$).*$/,
  },
};
