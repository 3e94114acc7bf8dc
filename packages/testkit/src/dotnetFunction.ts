import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { filesOf } from "./languageFiles.ts";
import { runProgram } from "./programs.ts";

const REPOSITORY = resolve(import.meta.dirname, "../../..");
const SOURCES = resolve(import.meta.dirname, "../functions/dotnet");
const CACHE = join(REPOSITORY, ".hearth/cache/dotnet-functions");
const BUILD_MS = 300_000;
const PACKAGES = [
  "Amazon.Lambda.Core",
  "Amazon.Lambda.Serialization.SystemTextJson",
  "Amazon.Lambda.RuntimeSupport",
] as const;
const [CORE] = PACKAGES;
/** Each assembly with those that it refers to, which come before it. */
const ASSEMBLIES: Readonly<Record<string, readonly string[]>> = {
  [CORE]: [],
  [PACKAGES[1]]: [CORE],
  [PACKAGES[2]]: [CORE],
  Functions: [CORE, PACKAGES[1]],
  Program: PACKAGES,
  FromLayer: [],
};

/** The function of `functions/dotnet` as `dotnet publish` lays it out for .NET 8, and the library of a layer. */
export interface DotnetFunction {
  /** A class library; its handlers begin with `Functions::`. */
  readonly files: Readonly<Record<string, Uint8Array | string>>;
  /** An executable assembly: its handler is `Program`. */
  readonly program: Readonly<Record<string, Uint8Array | string>>;
  readonly library: Uint8Array;
}

/** Compiled once for each state of its source, in the image of the runtime, by what compiles Hearth's own runtime there. */
export async function dotnetFunction(): Promise<DotnetFunction> {
  const hash = createHash("sha256");
  const source = Object.entries(filesOf("dotnet")).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [path, content] of source) hash.update(path).update(content);
  const built = join(CACHE, hash.digest("hex").slice(0, 12));
  if (!existsSync(built)) await build(built);
  const assembly = (name: string): Uint8Array => readFileSync(join(built, `${name}.dll`));
  const packages = Object.fromEntries(PACKAGES.map((name) => [`${name}.dll`, assembly(name)]));
  const published = (name: string): DotnetFunction["files"] => ({
    ...packages,
    [`${name}.dll`]: assembly(name),
    ...describing(name),
  });
  return {
    files: published("Functions"),
    program: published("Program"),
    library: assembly("FromLayer"),
  };
}

async function build(into: string): Promise<void> {
  await compileCSharp(SOURCES, ASSEMBLIES, (out) => {
    if (!existsSync(into)) renameSync(out, into);
  });
}

/** Compiles the folders of `sources` that `assemblies` names, each with the assemblies that it refers to. `take` is given the folder with the results, which is removed afterwards. */
export async function compileCSharp(
  sources: string,
  assemblies: Readonly<Record<string, readonly string[]>>,
  take: (out: string) => void,
): Promise<void> {
  mkdirSync(CACHE, { recursive: true });
  const folder = mkdtempSync(join(CACHE, "build-"));
  try {
    const compiler = join(REPOSITORY, "packages/drivers/bin/dotnetCompiler.ts");
    const { stdout: image } = await run(process.execPath, [compiler, join(folder, "tools")]);
    cpSync(sources, join(folder, "src"), { recursive: true });
    mkdirSync(join(folder, "out"));
    const steps = Object.entries(assemblies).flatMap(([name, references]) => [
      "--",
      `/build/out/${name}.dll`,
      ...references.flatMap((reference) => ["-r", `/build/out/${reference}.dll`]),
      `/build/src/${name}`,
    ]);
    const command = ["/var/lang/bin/python3", "/build/tools/compile.py", "/var/lang/bin", "/build/tools", ...steps];
    const container = ["run", "--rm", "--user", "0", "--network", "none", "--volume", `${folder}:/build`];
    await run("docker", [...container, "--entrypoint", "", image.trim(), ...command]);
    take(join(folder, "out"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function run(program: string, args: readonly string[]): Promise<{ readonly stdout: string }> {
  const ended = await runProgram(program, args, { timeoutMs: BUILD_MS });
  if (ended.code !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${ended.stdout}${ended.stderr}`);
  return ended;
}

/** What `dotnet publish` writes beside an assembly. */
function describing(name: string): Record<string, string> {
  const target = ".NETCoreApp,Version=v8.0";
  const library = `${name}/1.0.0`;
  const libraries = Object.fromEntries([
    [library, { type: "project", serviceable: false, sha512: "" }],
    ...PACKAGES.map((one) => [`${one}/1.0.0`, { type: "package", serviceable: true, sha512: "" }]),
  ]) as object;
  const assembly = (one: string): [string, object] => [`${one}/1.0.0`, { runtime: { [`${one}.dll`]: {} } }];
  const targets = { [target]: Object.fromEntries([assembly(name), ...PACKAGES.map(assembly)]) as object };
  const framework = { name: "Microsoft.NETCore.App", version: "8.0.0" };
  return {
    [`${name}.deps.json`]: JSON.stringify({ runtimeTarget: { name: target, signature: "" }, targets, libraries }),
    [`${name}.runtimeconfig.json`]: JSON.stringify({ runtimeOptions: { tfm: "net8.0", framework } }),
  };
}
