import { BOOKWORM, sandboxBase, TRIXIE } from "../docker/images/baseRecipe.ts";
import { bootstrapFolder } from "./bootstrapFolder.ts";
import type { RuntimeFamily } from "./family.ts";
import { hostRuby } from "./hostRuby.ts";

/** Debian's gems of the AWS SDK: the others have to be in the function's code or in a layer. */
const SDK = ["ruby-aws-sdk-core", "ruby-aws-sdk-kms", "ruby-aws-sdk-s3"];
/** The SDK reads XML by REXML, which Debian ships with Ruby. */
const BASE = sandboxBase("ruby3.3", TRIXIE, ["ruby3.3", "ruby-bundler", ...SDK]);
/** The version of Debian 13. */
const IN_DEBIAN = "3.3";
const VERSIONS: ReadonlySet<string> = new Set(["3.2", "3.3", "3.4", "4.0"]);
/** Those that the one in Debian may stand in for: it is a neighbour of both. */
const SERVED_BY_DEBIAN: ReadonlySet<string> = new Set(["3.2", "3.3", "3.4"]);

/** Served exactly on a published image; on Debian packages by Ruby 3.3. */
export const ruby: RuntimeFamily = {
  name: "ruby",
  versionOf: (runtime) => /^ruby([34]\.\d)$/.exec(runtime)?.[1],
  identifierOf: (version) => `ruby${version}`,
  bootstrap: { folder: bootstrapFolder("ruby"), file: "bootstrap.rb" },
  interpreterOptions: [],
  image: {
    interpreter: "/var/lang/bin/ruby",
    publishedBase: (version) => (VERSIONS.has(version) ? `ruby:${version}-slim-${BOOKWORM.name}` : undefined),
    debian: (version) => (SERVED_BY_DEBIAN.has(version) ? { base: BASE, version: IN_DEBIAN } : undefined),
    buildArguments: (version) => ({ RUBY: version }),
    packagesOf: () => "",
    contents: () =>
      Promise.resolve({
        entries: [{ to: "root/var/lang/bin/.keep", text: "" }],
        [Symbol.asyncDispose]: () => Promise.resolve(),
      }),
  },
  host: {
    find: async (version, probe) => {
      const exact = await hostRuby(`ruby${version}`, probe);
      return exact?.version === version ? exact : await hostRuby("ruby", probe);
    },
    missing: (runtime, version) =>
      `${runtime} needs ruby${version} or another ruby on the PATH, or a Docker Engine: install one and start Hearth again`,
  },
  environment: {
    defaults(runtime, { taskRoot, optRoot, runtimeDir }) {
      const abi = `${/^ruby(\d\.\d)/.exec(runtime)?.[1] ?? IN_DEBIAN}.0`;
      return {
        GEM_HOME: runtimeDir,
        // The empty last part stands for the folders that RubyGems has by itself.
        GEM_PATH: `${taskRoot}/vendor/bundle/ruby/${abi}:${optRoot}/ruby/gems/${abi}:`,
        RUBYLIB: `${taskRoot}:${runtimeDir}/lib:${optRoot}/ruby/lib`,
      };
    },
    hasExecutionEnv: true,
    readAtStart: /^RUBY(?!LIB$).*$/,
  },
};
