import { readFile, rename, writeFile } from "node:fs/promises";
import type { PoolKey } from "@hearth/drivers";

/** A hand-edited or damaged file must not be read into memory whole. */
const MAX_KINDS = 100;

/**
 * The kinds of sandboxes that starts have asked for lately, in a file: the next process boots one of each before it reports that it is ready. Only a
 * hint: without the file, or with a damaged one, the first cold start takes longer.
 */
export class KindsInUse {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /** The most recently used first. Nothing when the file is missing or damaged. */
  async read(): Promise<readonly PoolKey[]> {
    try {
      const kinds: unknown = JSON.parse(await readFile(this.#path, "utf8"));
      return Array.isArray(kinds) ? kinds.slice(0, MAX_KINDS).filter(isKind) : [];
    } catch (error) {
      if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  /** Replaces the file as a whole: a process that is killed meanwhile leaves the old one. */
  async write(kinds: readonly PoolKey[]): Promise<void> {
    const draft = `${this.#path}.new`;
    await writeFile(draft, JSON.stringify(kinds), { mode: 0o600 });
    await rename(draft, this.#path);
  }
}

function isKind(value: unknown): value is PoolKey {
  if (typeof value !== "object" || value === null) return false;
  const { runtime, network, tmpSizeMb, image, fileSystem } = value as Partial<Record<keyof PoolKey, unknown>>;
  return (
    typeof runtime === "string" &&
    (network === "none" || network === "egress") &&
    Number.isInteger(tmpSizeMb) &&
    image === undefined &&
    (fileSystem === undefined || isFileSystem(fileSystem))
  );
}

function isFileSystem(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { accessPoint, mountName } = value as { accessPoint?: unknown; mountName?: unknown };
  return typeof accessPoint === "string" && typeof mountName === "string";
}
