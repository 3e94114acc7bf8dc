import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Runtime } from "@aws-sdk/client-lambda";
import { compileCSharp, noProgram, runProgram } from "@hearth/testkit";

/** A language's no-op function, and its leanest loop. */
export interface BenchLanguage {
  readonly name: string;
  readonly Runtime: Runtime;
  readonly Handler: string;
  readonly MemorySize: number;
  /** The first part of the tag of the image that Hearth made for it. */
  readonly image: string;
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly loop: LoopProgram;
  /** Goals: what the first call with a booted sandbox may take at most (p50), and what an idle environment may keep. */
  readonly goals: { readonly firstMs?: number; readonly idleMb?: number };
}

export interface LoopProgram {
  /** A folder that is `/floor` in the container. */
  readonly folder: string;
  readonly command: readonly string[];
}

const HERE = import.meta.dirname;

/** Compiles what has to be, Java only where there is a compiler; disposing removes it. */
export async function benchLanguages(): Promise<Disposable & { readonly all: readonly BenchLanguage[] }> {
  const folder = mkdtempSync(join(tmpdir(), "hearth-loops-"));
  const loop = (file: string, ...command: readonly string[]): LoopProgram => {
    const of = join(folder, file);
    mkdirSync(of);
    copyFileSync(join(HERE, file), join(of, file));
    return { folder: of, command: [...command, `/floor/${file}`] };
  };
  const java = join(folder, "java");
  const hasJava = noProgram("javac") === undefined;
  if (hasJava) await run("javac", ["--release", "17", "-d", java, join(HERE, "Loop.java"), join(HERE, "Noop.java")]);
  const dotnet = join(folder, "dotnet");
  await compileCSharp(join(HERE, "csharp"), { Loop: [], Noop: [] }, (out) => cpSync(out, dotnet, { recursive: true }));
  const all: readonly BenchLanguage[] = [
    {
      name: "Node.js",
      Runtime: "nodejs24.x",
      Handler: "index.handler",
      MemorySize: 128,
      image: "nodejs24.x",
      files: { "index.mjs": "export const handler = async (event) => event;\n" },
      loop: loop("loop.mjs", "/var/lang/bin/node"),
      goals: {},
    },
    {
      name: "Python",
      Runtime: "python3.13",
      Handler: "app.handler",
      MemorySize: 128,
      image: "python3.13",
      files: { "app.py": "def handler(event, context):\n    return event\n" },
      loop: loop("loop.py", "/var/lang/bin/python3"),
      goals: {},
    },
    {
      name: "Ruby",
      Runtime: "ruby3.3",
      Handler: "app.handler",
      MemorySize: 128,
      image: "ruby3.3",
      files: { "app.rb": "def handler(event:, context:)\n  event\nend\n" },
      loop: loop("loop.rb", "/var/lang/bin/ruby"),
      goals: { firstMs: 40, idleMb: 35 },
    },
    {
      name: "Java",
      Runtime: "java21",
      Handler: "Noop::run",
      MemorySize: 256,
      image: "java21",
      files: { "Noop.class": hasJava ? readFileSync(join(java, "Noop.class")) : "" },
      loop: {
        folder: java,
        command: [
          "/var/lang/bin/java",
          "-Xshare:auto",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1",
          "-cp",
          "/floor",
          "Loop",
        ],
      },
      goals: { firstMs: 150, idleMb: 90 },
    },
    {
      name: ".NET",
      Runtime: "dotnet8",
      Handler: "Noop::Bench.Noop::Run",
      MemorySize: 256,
      image: "dotnet9",
      files: { "Noop.dll": readFileSync(join(dotnet, "Noop.dll")), ...describing("Noop") },
      loop: { folder: dotnet, command: ["/var/lang/bin/dotnet", "/floor/Loop.dll"] },
      goals: { firstMs: 150, idleMb: 60 },
    },
  ];
  return {
    all: all.filter(({ name }) => hasJava || name !== "Java"),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Files beside a class library, as `dotnet publish` writes them. */
function describing(name: string): Record<string, string> {
  const target = ".NETCoreApp,Version=v8.0";
  const library = `${name}/1.0.0`;
  const framework = { name: "Microsoft.NETCore.App", version: "8.0.0" };
  return {
    [`${name}.deps.json`]: JSON.stringify({
      runtimeTarget: { name: target, signature: "" },
      targets: { [target]: { [library]: { runtime: { [`${name}.dll`]: {} } } } },
      libraries: { [library]: { type: "project", serviceable: false, sha512: "" } },
    }),
    [`${name}.runtimeconfig.json`]: JSON.stringify({ runtimeOptions: { tfm: "net8.0", framework } }),
  };
}

async function run(program: string, args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await runProgram(program, args, { timeoutMs: 120_000 });
  if (code !== 0) throw new Error(`${program} failed: ${stdout}${stderr}`);
}
