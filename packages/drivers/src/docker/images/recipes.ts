import type { RuntimeMeaning } from "../../runtimeTable.ts";
import type { DebianSuite } from "./debian/archive.ts";
import type { ExtraFile } from "./debian/rootfs.ts";

/** A root file system made of Debian packages, without any tool but Node.js and the engine. */
export interface BaseRecipe {
  /** The image is `hearth/base:<name>-<hash>`. */
  readonly name: string;
  readonly suite: DebianSuite;
  readonly packages: readonly string[];
  readonly extra: readonly ExtraFile[];
}

const BULLSEYE: DebianSuite = { name: "bullseye", hasSecurity: true };
const BOOKWORM: DebianSuite = { name: "bookworm", hasSecurity: true };
const TRIXIE: DebianSuite = { name: "trixie", hasSecurity: true };
const FORKY: DebianSuite = { name: "forky", hasSecurity: false };

/** Needed by maintainer scripts only, or for administration: never in an image. */
export const OMITTED: ReadonlySet<string> = new Set([
  "adduser",
  "base-files",
  "base-passwd",
  "debconf",
  "debconf-2.0",
  "debianutils",
  "dpkg",
  "gawk",
  "init-system-helpers",
  "install-info",
  "libpam-modules",
  "locales",
  "lsb-base",
  "mawk",
  "openssl",
  "openssl-provider-legacy",
  "passwd",
  "perl",
  "perl-base",
  "postgresql-client-common",
  "postgresql-common",
  "python3",
  "readline-common",
  "sensible-utils",
  "ssl-cert",
  "sysvinit-utils",
  "ucf",
]);

const PASSWD = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
const GROUP = "root:x:0:\nnogroup:x:65534:\n";
const FOLDERS = ["dev", "etc", "home", "mnt", "opt", "proc", "root", "run", "sys", "tmp", "var", "var/tmp"];

/** What every Linux system has, with some users of its own. */
function system(passwd = "", group = ""): ExtraFile[] {
  return [
    ...FOLDERS.map((path) => ({ path, mode: path.endsWith("tmp") ? 0o1777 : 0o755 })),
    { path: "etc/passwd", content: PASSWD + passwd },
    { path: "etc/group", content: GROUP + group },
    { path: "etc/nsswitch.conf", content: "passwd: files\ngroup: files\nhosts: files dns\n" },
    { path: "etc/localtime", link: "/usr/share/zoneinfo/UTC" },
  ];
}

/** The user that functions run as, named and numbered as on AWS. */
const SANDBOX_SYSTEM: readonly ExtraFile[] = [
  ...system("sbx_user1051:x:993:990::/home/sbx_user1051:/bin/sh\n", "sbx_user1051:x:990:\n"),
  { path: "home/sbx_user1051" },
  ...["run/hearth", "var/lang", "var/lang/bin", "var/runtime", "var/task"].map((path) => ({ path })),
];
const TOOLS = ["libc-bin", "dash", "bash", "coreutils", "findutils", "grep", "sed", "ca-certificates", "tzdata"];

function sandboxBase(name: string, suite: DebianSuite, packages: readonly string[]): BaseRecipe {
  return { name, suite, packages: [...TOOLS, ...packages], extra: SANDBOX_SYSTEM };
}

const NODE_BASE = sandboxBase("nodejs", BOOKWORM, ["libatomic1", "libstdc++6", "zlib1g"]);

/** Wheels bring their own libraries, but for this one and those of the C compiler. */
const FOR_WHEELS = "libstdc++6";
/** AWS's own example of a custom runtime is a shell script that calls curl. */
const PYTHON_3_13 = sandboxBase("python3.13", TRIXIE, ["python3.13", FOR_WHEELS, "curl"]);
const PYTHON_BASES: Readonly<Record<string, BaseRecipe>> = {
  "3.9": sandboxBase("python3.9", BULLSEYE, ["python3.9", "python3-distutils", FOR_WHEELS]),
  "3.11": sandboxBase("python3.11", BOOKWORM, ["python3.11", "python3-distutils", FOR_WHEELS]),
  "3.13": PYTHON_3_13,
  "3.14": sandboxBase("python3.14", FORKY, ["python3.14", FOR_WHEELS]),
};

/** Newer than Amazon Linux in all that programs link to. Python starts the function's bootstrap, and may be of use to it. */
const PROVIDED_BASE = PYTHON_3_13;

/** Python versions that Debian does not have, and the next one up that it has. */
const NEXT_PYTHON: Readonly<Record<string, string>> = { "3.10": "3.11", "3.12": "3.13" };

export interface DebianServing {
  readonly base: BaseRecipe;
  /** What really runs: the version meant, or the next one up. */
  readonly serves: RuntimeMeaning;
}

/** How Debian packages serve a runtime; `undefined` when they cannot. Node.js itself comes from npm. */
export function debianServing(meaning: RuntimeMeaning): DebianServing | undefined {
  const { family, version } = meaning;
  if (family === "nodejs") return NODE_VERSIONS.has(version) ? { base: NODE_BASE, serves: meaning } : undefined;
  if (family === "provided") return { base: PROVIDED_BASE, serves: meaning };
  const served = NEXT_PYTHON[version] ?? version;
  const base = PYTHON_BASES[served];
  return base && { base, serves: { family, version: served } };
}

/** The folders of docker/nodejs. */
const NODE_VERSIONS: ReadonlySet<string> = new Set(["18", "20", "22", "24", "26"]);

/** A published image with exactly that interpreter, where a registry can be reached; `undefined` when there is none for it. */
export function publishedBase({ family, version }: RuntimeMeaning): string | undefined {
  if (family === "provided") return "python:3.13-slim";
  if (family === "nodejs") return NODE_VERSIONS.has(version) ? `node:${version}-bookworm-slim` : undefined;
  return /^3\.(9|1\d)$/.test(version) ? `python:${version}-slim` : undefined;
}

/** Writes the firewall's rules where the launcher may not do it itself, and proves them from inside the sandboxes' network. */
export const NET_BASE: BaseRecipe = {
  name: "net",
  suite: BOOKWORM,
  packages: ["nftables", "busybox-static"],
  extra: [...system(), { path: "bin/sh", link: "/bin/busybox" }],
};

/** Images that are no runtimes: what the project itself and its tests run. */
export const SERVICE_BASES = {
  base: {
    name: "bookworm",
    suite: BOOKWORM,
    packages: [...TOOLS, "libatomic1", "libstdc++6", "zlib1g", "util-linux", "nftables"],
    extra: system("hearth:x:10001:10001::/nonexistent:/bin/false\n", "hearth:x:10001:\n"),
  },
  postgres: {
    name: "postgres",
    suite: BOOKWORM,
    packages: [...TOOLS, "postgresql-15", "postgresql-client-15"],
    extra: [
      ...system("postgres:x:999:999::/var/lib/postgresql:/bin/sh\n", "postgres:x:999:\n"),
      { path: "var/lib/postgresql", uid: 999, gid: 999 },
      { path: "var/run", link: "/run" },
      { path: "run/postgresql", mode: 0o775, uid: 999, gid: 999 },
    ],
  },
  redis: {
    name: "redis",
    suite: BOOKWORM,
    packages: ["dash", "coreutils", "redis-server", "redis-tools", "tzdata"],
    extra: [...system("redis:x:999:999::/data:/bin/sh\n", "redis:x:999:\n"), { path: "data", uid: 999, gid: 999 }],
  },
  function: { name: "busybox", suite: BOOKWORM, packages: ["busybox-static"], extra: [] },
  registry: {
    name: "registry",
    suite: BOOKWORM,
    packages: ["docker-registry", "ca-certificates"],
    extra: system(),
  },
} as const satisfies Record<string, BaseRecipe>;
