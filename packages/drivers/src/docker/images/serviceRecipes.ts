import { type BaseRecipe, BOOKWORM, system, TOOLS } from "./baseRecipe.ts";

/** Runs `nft` where the launcher itself may not write firewall rules, and tests the rules from inside the sandboxes' network. */
export const NET_BASE: BaseRecipe = {
  name: "net",
  suite: BOOKWORM,
  packages: ["nftables", "busybox-static"],
  extra: [...system(), { path: "bin/sh", link: "/bin/busybox" }],
};

/** Bases of images that are not runtimes: services of this project and of its tests. */
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
