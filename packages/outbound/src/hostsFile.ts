import { readFile, stat } from "node:fs/promises";
import { isIP } from "node:net";

/** The names of /etc/hosts, read again when the file has changed. */
export class HostsFile {
  readonly #path: string;
  #readAt = "";
  #addresses: ReadonlyMap<string, readonly string[]> = new Map();

  constructor(path = "/etc/hosts") {
    this.#path = path;
  }

  async find(name: string): Promise<readonly string[]> {
    try {
      const { mtimeMs, size, ino } = await stat(this.#path);
      const version = `${mtimeMs}:${size}:${ino}`;
      if (version !== this.#readAt) {
        this.#addresses = parse(await readFile(this.#path, "utf8"));
        this.#readAt = version;
      }
    } catch {
      return []; // a machine may have none
    }
    return this.#addresses.get(name.toLowerCase()) ?? [];
  }
}

function parse(text: string): ReadonlyMap<string, readonly string[]> {
  const addresses = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (isIP(address) === 0) continue;
    for (const name of names.map((one) => one.toLowerCase())) {
      const known = addresses.get(name);
      if (known) known.push(address);
      else addresses.set(name, [address]);
    }
  }
  return addresses;
}
