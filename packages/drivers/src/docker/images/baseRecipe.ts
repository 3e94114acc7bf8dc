import type { DebianSuite } from "./debian/archive.ts";
import type { ExtraFile } from "./debian/rootfs.ts";

/** A root file system made of Debian packages; making it needs no tools besides Node.js and the Docker Engine. */
export interface BaseRecipe {
  /** The image is `hearth/base:<name>-<hash>`. */
  readonly name: string;
  readonly suite: DebianSuite;
  readonly packages: readonly string[];
  readonly extra: readonly ExtraFile[];
}

export const BULLSEYE: DebianSuite = { name: "bullseye", hasSecurity: true };
export const BOOKWORM: DebianSuite = { name: "bookworm", hasSecurity: true };
export const TRIXIE: DebianSuite = { name: "trixie", hasSecurity: true };
export const FORKY: DebianSuite = { name: "forky", hasSecurity: false };
export const SID: DebianSuite = { name: "sid", hasSecurity: false };

/** Packages that only maintainer scripts or administrators need: left out of every image. */
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

/** Files that every Linux system has, with additional users and groups. */
export function system(passwd = "", group = ""): ExtraFile[] {
  return [
    ...FOLDERS.map((path) => ({ path, mode: path.endsWith("tmp") ? 0o1777 : 0o755 })),
    { path: "etc/passwd", content: PASSWD + passwd },
    { path: "etc/group", content: GROUP + group },
    { path: "etc/nsswitch.conf", content: "passwd: files\ngroup: files\nhosts: files dns\n" },
    { path: "etc/localtime", link: "/usr/share/zoneinfo/UTC" },
  ];
}

/** Contains the user that functions run as, with the name and number it has on AWS. */
const SANDBOX_SYSTEM: readonly ExtraFile[] = [
  ...system("sbx_user1051:x:993:990::/home/sbx_user1051:/bin/sh\n", "sbx_user1051:x:990:\n"),
  { path: "home/sbx_user1051" },
  ...["run/hearth", "var/lang", "var/lang/bin", "var/runtime", "var/task"].map((path) => ({ path })),
];
/** The shell and basic commands. */
export const TOOLS = ["libc-bin", "dash", "bash", "coreutils", "findutils", "grep", "sed", "ca-certificates", "tzdata"];

/** The base of an image that sandboxes run: `packages` and basic tools, with the user that functions run as. */
export function sandboxBase(name: string, suite: DebianSuite, packages: readonly string[]): BaseRecipe {
  return { name, suite, packages: [...TOOLS, ...packages], extra: SANDBOX_SYSTEM };
}

/** The C++ standard library. */
export const CPP_LIBRARY = "libstdc++6";
