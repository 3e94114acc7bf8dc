// Completes package-lock.json: `npm ci` refuses a lock file that lacks a package's optional platform packages, and `npm install` leaves
// out those that its registry does not have. They are named here by what their parent says: exact version, and platform by name.
// https://github.com/npm/cli/issues/4828
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../server/bin/setUp.mjs";

const PLATFORM =
  /(android|darwin|freebsd|linux|openharmony|win32)-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)(?:-?(gnu|musl))?/;

const file = join(ROOT, "package-lock.json");
const before = readFileSync(file, "utf8");
const lock = JSON.parse(before);
const { packages } = lock;
for (const [path, entry] of Object.entries({ ...packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = PLATFORM.exec(name);
    if (!platform || !/^\d/.test(version) || isThere(path, name)) continue;
    const [, os, cpu, libc] = platform;
    packages[`node_modules/${name}`] = {
      version,
      cpu: [cpu],
      ...(entry.dev && { dev: true }),
      ...(libc && os === "linux" && { libc: [libc === "gnu" ? "glibc" : "musl"] }),
      optional: true,
      os: [os],
    };
  }
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en")));
const after = `${JSON.stringify(lock, null, 2)}\n`;
if (after !== before) writeFileSync(file, after);

/** As Node looks for it: beside the package, then in each folder above. */
function isThere(path, name) {
  const parts = path.split("/node_modules/");
  for (let depth = parts.length; depth >= 0; depth--) {
    const base = parts.slice(0, depth).join("/node_modules/");
    if (packages[base === "" ? `node_modules/${name}` : `${base}/node_modules/${name}`]) return true;
  }
  return false;
}
