/** The first version of each line without CVE-2025-31133 and its siblings: escapes from a container at its start. */
const FIXED = [
  [1, 2, 8],
  [1, 3, 3],
  [1, 4, 0],
] as const;

/** A warning for the operator about this version of runc; `undefined` when it is not vulnerable. */
export function runcWarning(version: string): string | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)?.map(Number) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) {
    return `the version of runc, ${version}, is not understood; 1.2.8, 1.3.3 or later is wanted`;
  }
  const line = FIXED.find(([a, b]) => a === major && b === minor);
  const isFixed = line ? patch >= line[2] : major > 1 || minor > 4;
  const isEarlyCandidate = /^v?1\.4\.0-rc\.?[12]$/.test(version);
  if (isFixed && !isEarlyCandidate) return undefined;
  return (
    `runc ${version} is older than 1.2.8 / 1.3.3 / 1.4.0-rc.3: unless your distribution has patched it, functions may ` +
    "escape from their containers (CVE-2025-31133, CVE-2025-52565, CVE-2025-52881)"
  );
}
