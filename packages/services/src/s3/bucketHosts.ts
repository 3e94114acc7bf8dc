const ALWAYS = ["localhost", "host.docker.internal"];

/** Names such as `bucket.localhost`, which clients make of an endpoint without `s3.`; not `s3.localhost` itself. `names` are those of this Hearth. */
export function bucketHosts(names: readonly string[]): readonly RegExp[] {
  return [...new Set([...ALWAYS, ...names.map((name) => name.toLowerCase().replace(/^\./, ""))])]
    .filter((name) => !isAddress(name))
    .map((name) => new RegExp(`^(?!s3\\.)([a-z0-9](?:[a-z0-9.-]{1,61}[a-z0-9]))\\.${escaped(name)}$`));
}

/** No name is below an address. */
function isAddress(name: string): boolean {
  return name.includes(":") || /^[\d.]+$/.test(name);
}

function escaped(name: string): string {
  return name.replace(/[^a-z0-9-]/g, String.raw`\$&`);
}
