import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import {
  type BaseRecipe,
  BOOKWORM,
  BULLSEYE,
  CPP_LIBRARY,
  sandboxBase,
  SID,
  TRIXIE,
} from "../docker/images/baseRecipe.ts";
import type { DebianSuite } from "../docker/images/debian/archive.ts";
import { bootstrapFolder } from "./bootstrapFolder.ts";
import type { RuntimeFamily } from "./family.ts";
import { JAVA_COMPILER, JAVA_LIBRARIES } from "./javaLibraries.ts";

const SOURCES = bootstrapFolder("java");

interface JavaInDebian {
  readonly base: BaseRecipe;
  readonly python: string;
}

/** Text in pictures, documents and sheets needs them, and a font, which comes with the second. Debian 13 only recommends them to who installs Java. */
const FONTS = ["libharfbuzz0b", "libfontconfig1"];

/** Python starts the runtime when the sandbox becomes a function's, and carries what clients of its port say. */
function javaBase(java: string, suite: DebianSuite, python: string, more: readonly string[] = []): JavaInDebian {
  const packages = [`openjdk-${java}-jre-headless`, "ca-certificates-java", `python${python}`, CPP_LIBRARY, ...more];
  return { base: sandboxBase(`java${java}`, suite, packages), python };
}

/** Every version that AWS has is in one of Debian's suites. */
const IN_DEBIAN: Readonly<Record<string, JavaInDebian>> = {
  "8": javaBase("8", SID, "3.14"),
  "11": javaBase("11", BULLSEYE, "3.9"),
  "17": javaBase("17", BOOKWORM, "3.11"),
  "21": javaBase("21", TRIXIE, "3.13", FONTS),
  "25": javaBase("25", TRIXIE, "3.13", FONTS),
};

/** Of the version `17` or `17.al2023`: the latter is the same Java on another Amazon Linux. */
function inDebian(version: string): JavaInDebian | undefined {
  return IN_DEBIAN[majorOf(version)];
}

function majorOf(version: string): string {
  return version.replace(/\..*/, "");
}

/**
 * Every version is served exactly, on Debian packages. A Java virtual machine cannot become another function's once it runs, because its heap and its class path are
 * fixed when it starts: a booted sandbox holds the small program that starts custom runtimes, which starts Java here.
 */
export const java: RuntimeFamily = {
  name: "java",
  versionOf: (runtime) => /^java((?:8|11|17|21|25)(?:\.al2|\.al2023)?)$/.exec(runtime)?.[1],
  identifierOf: (version) => `java${version}`,
  bootstrap: { folder: bootstrapFolder("provided"), file: "bootstrap.py", shared: bootstrapFolder("supervisor") },
  interpreterOptions: ["-I", "-S"],
  image: {
    interpreter: "/var/lang/bin/python3",
    publishedBase: () => undefined,
    debian(version) {
      const found = inDebian(version);
      return found && { base: found.base, version };
    },
    buildArguments: (version) => ({ JAVA: majorOf(version), PYTHON: inDebian(version)?.python ?? "" }),
    packagesOf: () => Buffer.concat([Buffer.from(JSON.stringify([JAVA_LIBRARIES, JAVA_COMPILER])), ...sourceFiles()]),
    async contents(_version, { workDir, downloads, progress, signal }) {
      progress("downloading AWS's runtime interface client for Java from Maven Central");
      mkdirSync(workDir, { recursive: true });
      const folder = mkdtempSync(join(workDir, "jars-"));
      const dispose = async (): Promise<void> => rmSync(folder, { recursive: true, force: true });
      try {
        for (const { name, url, sha256 } of [...JAVA_LIBRARIES, JAVA_COMPILER]) {
          copyFileSync(await downloads.file([url], sha256, signal), join(folder, name));
        }
      } catch (error) {
        await dispose();
        throw error;
      }
      const libraries = JAVA_LIBRARIES.map(({ name }) => ({
        to: `root/var/runtime/lib/${name}`,
        from: join(folder, name),
      }));
      const entries = [
        { to: "root/var/lang/bin/.keep", text: "" },
        { to: "root/var/runtime", from: SOURCES },
        { to: "tools/ecj.jar", from: join(folder, JAVA_COMPILER.name) },
        ...libraries,
      ];
      return { entries, [Symbol.asyncDispose]: dispose };
    },
  },
  host: {
    find: () => Promise.resolve(undefined),
    missing: (runtime) => `${runtime} needs a Docker Engine: install one and start Hearth again`,
  },
  // The runtime's process always is a fresh one.
  environment: { defaults: () => ({}), hasExecutionEnv: true },
};

function sourceFiles(): readonly Buffer[] {
  const files = readdirSync(SOURCES, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => readFileSync(path));
}
