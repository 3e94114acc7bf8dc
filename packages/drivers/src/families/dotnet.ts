import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { CPP_LIBRARY, sandboxBase, TRIXIE } from "../docker/images/baseRecipe.ts";
import { bootstrapFolder } from "./bootstrapFolder.ts";
import { writeCompiler, writeStandIn } from "./dotnetFiles.ts";
import * as packages from "./dotnetPackages.ts";
import type { RuntimeFamily } from "./family.ts";

const SOURCES = bootstrapFolder("dotnet");
/** What .NET needs of the system, and Python: it starts functions that need a process of their own, and it compiles. */
const BASE = sandboxBase("dotnet", TRIXIE, ["python3.13", CPP_LIBRARY, "libssl3t64", "libicu76", "zlib1g"]);
/** The version of the stand-in: it runs what was compiled for 8. */
const STAND_IN = "9";

/**
 * .NET comes from Microsoft's published image. Where that cannot be pulled, dotnet8 is served by a .NET 9.0 that lies in a package of npm; assemblies for 10 cannot run on that.
 * Hearth's runtime for class libraries is compiled when the image is made.
 */
export const dotnet: RuntimeFamily = {
  name: "dotnet",
  versionOf: (runtime) => /^dotnet(8|10)$/.exec(runtime)?.[1],
  identifierOf: (version) => `dotnet${version}`,
  bootstrap: { folder: bootstrapFolder("provided"), file: "bootstrap.py", shared: bootstrapFolder("supervisor") },
  interpreterOptions: ["exec"],
  image: {
    interpreter: "/var/lang/bin/dotnet",
    program: "Hearth.dll",
    publishedBase: (version) => (version === STAND_IN ? undefined : `mcr.microsoft.com/dotnet/aspnet:${version}.0`),
    copiesFromPublished: BASE,
    debian: (version) => (version === "10" ? undefined : { base: BASE, version: STAND_IN }),
    buildArguments: () => ({}),
    packagesOf: () => Buffer.concat([Buffer.from(JSON.stringify(packages)), ...sourceFiles()]),
    async contents(version, { workDir, downloads, progress, signal, architecture }) {
      mkdirSync(workDir, { recursive: true });
      const folder = mkdtempSync(join(workDir, "dotnet-"));
      const dispose = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
      const isStandIn = version === STAND_IN;
      try {
        progress("downloading the C# compiler from npm");
        await writeCompiler(join(folder, "tools"), downloads, signal);
        if (isStandIn) {
          if ((await architecture()) !== "x64") throw new Error("the stand-in of .NET is for x86-64 alone");
          progress("downloading .NET 9.0 from npm");
          await writeStandIn(join(folder, "dotnet"), downloads, signal);
        }
      } catch (error) {
        await dispose();
        throw error;
      }
      const entries = [
        isStandIn ? { to: "dotnet", from: join(folder, "dotnet") } : { to: "dotnet/.keep", text: "" },
        { to: "tools", from: join(folder, "tools") },
        { to: "tools/compile.py", from: join(SOURCES, "compile.py") },
        { to: "source", from: join(SOURCES, "src") },
        { to: "root/var/runtime/bootstrap", from: join(SOURCES, "bootstrap") },
        ...(isStandIn ? [{ to: "root/var/runtime/stand-in", text: "" }] : []),
      ];
      return { entries, [Symbol.asyncDispose]: dispose };
    },
  },
  host: {
    find: () => Promise.resolve(undefined),
    missing: (runtime) => `${runtime} needs a Docker Engine: install one and start Hearth again`,
  },
  environment: {
    defaults: () => ({ DOTNET_ROOT: "/var/lang/bin" }),
    hasExecutionEnv: true,
    readAtStart: /^(DOTNET_|COMPlus_|CORECLR_|LANG$|LC_|ICU|SSL_CERT|OPENSSL|LAMBDA_DOTNET)/,
  },
};

function sourceFiles(): readonly Buffer[] {
  const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => readFileSync(path));
}
