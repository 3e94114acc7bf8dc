// From `Handler` to a function: `file.export`, `folder/file.export`, `file.object.method`; .js, .mjs, .cjs, folders with an index.
import { existsSync, readFileSync, statSync } from "node:fs";
import * as nodeModule from "node:module";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { handlerNotFound, importModuleError, malformedHandlerName, userCodeSyntaxError } from "./errors.mjs";

/** Loads the function that `handler` names below `taskRoot`. Throws one of the Runtime.* errors, or what the code itself threw. */
export async function loadHandler(taskRoot, handler) {
  if (handler.includes("..")) {
    throw malformedHandlerName(
      `'${handler}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`,
    );
  }
  const file = basename(handler);
  const folder = handler.slice(0, handler.length - file.length);
  const parts = /^([^.]*)\.(.*)$/.exec(file);
  if (!parts) throw malformedHandlerName("Bad handler");
  const module = await load(taskRoot, folder, parts[1]);
  let found = module;
  for (const name of parts[2].split(".")) found = found?.[name];
  // `export default { handler }`, and CommonJS modules whose exports could not be listed when they were imported.
  if (!found) {
    found = module?.default;
    for (const name of parts[2].split(".")) found = found?.[name];
  }
  if (!found) throw handlerNotFound(`${handler} is undefined or not exported`);
  if (typeof found !== "function") throw handlerNotFound(`${handler} is not a function`);
  return found;
}

async function load(taskRoot, folder, name) {
  const path = resolve(taskRoot, folder, name);
  // What cannot be found is said to be required from here.
  const require = nodeModule.createRequire("/var/runtime/index.mjs");
  try {
    if (isFile(path)) return require(path);
    if (isFile(`${path}.js`)) return isModule(`${path}.js`) ? await importFile(`${path}.js`) : require(`${path}.js`);
    if (isFile(`${path}.mjs`)) return await importFile(`${path}.mjs`);
    if (isFile(`${path}.cjs`)) return require(`${path}.cjs`);
    if (existsSync(path)) {
      if (isFile(join(path, "index.mjs"))) return await importFile(join(path, "index.mjs"));
      const index = require.resolve(path);
      return isModule(index) ? await importFile(index) : require(index);
    }
    // A handler inside a dependency or a layer.
    return require(require.resolve(name, { paths: [taskRoot, join(taskRoot, folder)] }));
  } catch (error) {
    if (error instanceof SyntaxError) throw userCodeSyntaxError(error);
    if (error?.code === "MODULE_NOT_FOUND") throw importModuleError(error);
    throw error;
  }
}

function isFile(path) {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

async function importFile(path) {
  resolveModulesFromNodePath();
  return await import(pathToFileURL(path).href);
}

/** Whether the nearest package.json above a `.js` file says `"type": "module"`. */
function isModule(path) {
  if (path.endsWith(".mjs")) return true;
  if (!path.endsWith(".js")) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (isFile(manifest)) {
      try {
        return JSON.parse(readFileSync(manifest, "utf8")).type === "module";
      } catch {
        return false; // Not JSON: Node itself will say so when it reads it.
      }
    }
    if (folder === dirname(folder)) return false;
  }
}

let hooked = false;

/** On AWS `import` also looks into NODE_PATH (layers, the runtime's own SDK); Node's own resolver does not. */
function resolveModulesFromNodePath() {
  const folders = (process.env.NODE_PATH ?? "")
    .split(":")
    .filter((folder) => basename(folder) === "node_modules" && existsSync(folder));
  if (hooked || folders.length === 0) return;
  hooked = true;
  const parents = folders.map((folder) => pathToFileURL(join(dirname(folder), "noop.js")).href);
  if (nodeModule.registerHooks) {
    nodeModule.registerHooks({ resolve: (specifier, context, next) => resolveFrom(parents, specifier, context, next) });
  } else if (nodeModule.register) {
    const source = `const parents = ${JSON.stringify(parents)};
      export async function resolve(specifier, context, next) {
        try { return await next(specifier, context); } catch (error) {
          if (error.code !== "ERR_MODULE_NOT_FOUND" || /^(\\.|\\/|[a-z]+:)/.test(specifier)) throw error;
          for (const parentURL of parents) { try { return await next(specifier, { ...context, parentURL }); } catch {} }
          throw error;
        }
      }`;
    nodeModule.register(`data:text/javascript,${encodeURIComponent(source)}`);
  }
}

function resolveFrom(parents, specifier, context, next) {
  try {
    return next(specifier, context);
  } catch (error) {
    if (error.code !== "ERR_MODULE_NOT_FOUND" || /^(\.|\/|[a-z]+:)/.test(specifier)) throw error;
    for (const parentURL of parents) {
      try {
        return next(specifier, { ...context, parentURL });
      } catch (other) {
        if (other.code !== "ERR_MODULE_NOT_FOUND") throw other;
      }
    }
    throw error;
  }
}
