import { bootstrapFolder } from "./bootstrapFolder.ts";
import type { RuntimeFamily } from "./family.ts";
import { hostPython } from "./hostPython.ts";
import { PYTHON_3_13_BASE } from "./python.ts";

const OPTIONS = ["-I", "-S"];

/** Custom runtimes: a small Python program starts the function's own `bootstrap`. */
export const provided: RuntimeFamily = {
  name: "provided",
  versionOf: (runtime) => /^provided\.(al\d+)$/.exec(runtime)?.[1],
  identifierOf: (version) => `provided.${version}`,
  bootstrap: { folder: bootstrapFolder("provided"), file: "bootstrap.py", shared: bootstrapFolder("supervisor") },
  interpreterOptions: OPTIONS,
  image: {
    interpreter: "/var/lang/bin/python3",
    publishedBase: () => "python:3.13-slim",
    // Newer than Amazon Linux in everything that programs link to. The function may use this Python, too.
    debian: (version) => ({ base: PYTHON_3_13_BASE, version }),
    buildArguments: () => ({}),
    packagesOf: () => "",
    contents: () =>
      Promise.resolve({
        entries: [{ to: "root/var/lang/bin/.keep", text: "" }],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  },
  host: {
    async find(version, probe) {
      const python = await hostPython("python3", probe);
      return python && { path: python.path, version };
    },
    missing: (runtime) =>
      `${runtime} needs a python3 on the PATH, which starts its bootstrap, or a Docker Engine: install one and start Hearth again`,
  },
  // AWS sets no AWS_EXECUTION_ENV where the runtime is the function's own; its bootstrap always is a fresh process.
  environment: { defaults: () => ({}), hasExecutionEnv: false },
};

/**
 * What Hearth starts inside a function's own image, which may have neither an interpreter nor libraries: the same program, with Python and its loader
 * taken from this runtime's image.
 */
export const OWN_IMAGE_PROGRAM = {
  /** From whose image it is taken. */
  runtime: "provided.al2023",
  /** Writes it to standard output as a tar archive. */
  pack: ["/var/lang/bin/python3", ...OPTIONS, "/var/runtime/pack.py"],
  /** Starts it where the archive is unpacked in `folder`. */
  command: (folder: string): readonly string[] => [
    `${folder}/ld.so`,
    "--library-path",
    `${folder}/lib`,
    `${folder}/bin/python3`,
    ...OPTIONS,
    `${folder}/bootstrap.py`,
  ],
} as const;
