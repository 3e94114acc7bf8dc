import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { BOOKWORM, sandboxBase } from "../docker/images/baseRecipe.ts";
import { installNpmFolder } from "../docker/images/npmFolder.ts";
import { bootstrapFolder } from "./bootstrapFolder.ts";
import type { RuntimeFamily } from "./family.ts";

/** One folder a version with the package.json and lock file of what its image holds: Node.js itself and the AWS SDK. */
const MANIFESTS = resolve(import.meta.dirname, "../../../../docker/nodejs");
const VERSIONS: ReadonlySet<string> = new Set(["18", "20", "22", "24", "26"]);
const BASE = sandboxBase("nodejs", BOOKWORM, ["libatomic1", "libstdc++6", "zlib1g"]);
/** What makes an SDK large and is not needed to run it. */
const NOT_RUN =
  /\.(d\.[cm]?ts|map|md)$|\/dist-types(\/|$)|\/node_modules\/(\.bin|\.package-lock\.json|node-linux-[a-z0-9]+)(\/|$)/;

/** Every version is served exactly: Node.js comes from npm, and Debian only provides the libraries below it. */
export const nodejs: RuntimeFamily = {
  name: "nodejs",
  versionOf: (runtime) => /^nodejs(\d+)\.x$/.exec(runtime)?.[1],
  identifierOf: (version) => `nodejs${version}.x`,
  bootstrap: { folder: bootstrapFolder("node"), file: "bootstrap.mjs" },
  interpreterOptions: [],
  image: {
    interpreter: "/var/lang/bin/node",
    publishedBase: (version) => (VERSIONS.has(version) ? `node:${version}-bookworm-slim` : undefined),
    debian: (version) => (VERSIONS.has(version) ? { base: BASE, version } : undefined),
    buildArguments: () => ({}),
    packagesOf: (version) => readFileSync(join(MANIFESTS, version, "package-lock.json")),
    async contents(version, { workDir, progress, signal, architecture }) {
      progress(`installing Node.js ${version} and the AWS SDK from npm`);
      const cpu = await architecture();
      const options = { manifests: join(MANIFESTS, version), parent: workDir, architecture: cpu };
      const folder = await installNpmFolder(options, signal);
      const modules = join(folder.path, "node_modules");
      const node = { to: "root/var/lang/bin/node", from: join(modules, `node-linux-${cpu}`, "bin", "node") };
      const sdk = { to: "root/var/runtime/node_modules", from: modules, omit: NOT_RUN };
      return { entries: [node, sdk], [Symbol.asyncDispose]: async () => folder[Symbol.dispose]() };
    },
  },
  host: {
    /** Always the Node.js that runs Hearth. */
    find: () => Promise.resolve({ path: process.execPath, version: process.versions.node.split(".")[0] ?? "" }),
    missing: (runtime) => `${runtime} needs Node.js`,
  },
  environment: {
    defaults(runtime, { taskRoot, optRoot, runtimeDir }) {
      const major = /^nodejs(\d+)/.exec(runtime)?.[1];
      if (major === undefined) return {};
      const layers = `${optRoot}/nodejs/node${major}/node_modules:${optRoot}/nodejs/node_modules`;
      return { NODE_PATH: `${layers}:${runtimeDir}/node_modules:${runtimeDir}:${taskRoot}` };
    },
    hasExecutionEnv: true,
    readAtStart:
      /^(NODE_OPTIONS|NODE_EXTRA_CA_CERTS|NODE_ICU_DATA|NODE_V8_COVERAGE|NODE_DEBUG|NODE_COMPILE_CACHE|UV_.*)$/,
  },
};
