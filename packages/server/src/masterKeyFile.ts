import {
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { errorCode, MASTER_KEY, newMasterKey } from "@hearth/kit";
import { StartError } from "./startError.ts";

const READABLE_BY_OTHERS = 0o077;

/** The file `master-key` of a data directory: one key per line, of which the first one encrypts. Only its owner can read it. */
export class MasterKeyFile {
  readonly path: string;
  #seen = "";

  constructor(dataDirectory: string) {
    this.path = join(dataDirectory, "master-key");
  }

  /** The keys; `undefined` when there is no file. Throws a StartError when others may read it or it holds no key. */
  read(): readonly string[] | undefined {
    let text: string;
    try {
      const stat = statSync(this.path);
      if ((stat.mode & READABLE_BY_OTHERS) !== 0) {
        throw new StartError(`${this.path} can be read by others than its owner: chmod 600 ${this.path}`);
      }
      text = readFileSync(this.path, "utf8");
      this.#seen = identityOf(stat);
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
    const keys = text.split("\n").filter(Boolean);
    if (keys.length === 0 || !keys.every((key) => MASTER_KEY.test(key))) {
      throw new StartError(`${this.path} holds no master key. Restore it from a back-up.`);
    }
    return keys;
  }

  /** The keys if the file has been replaced since it was last read, otherwise `undefined`. */
  readIfReplaced(): readonly string[] | undefined {
    try {
      if (identityOf(statSync(this.path)) === this.#seen) return undefined;
    } catch (error) {
      if (errorCode(error) === "ENOENT") return undefined; // the keys in memory stay in use
      throw error;
    }
    return this.read();
  }

  /** Makes the file with a new key if no other process has just made it. Resolves with the keys that it holds now. */
  create(): readonly string[] {
    this.#prepare([newMasterKey()], (made) => {
      try {
        linkSync(made, this.path);
      } catch (error) {
        if (errorCode(error) !== "EEXIST") throw error;
      } finally {
        rmSync(made, { force: true });
      }
    });
    const keys = this.read();
    if (!keys) throw new StartError(`${this.path} has just been removed`);
    return keys;
  }

  /** Replaces all keys at once; the file keeps its owner. */
  replace(keys: readonly string[]): void {
    this.#prepare(keys, (made) => {
      const { uid, gid } = statSync(this.path, { throwIfNoEntry: false }) ?? statSync(dirname(this.path));
      chownSync(made, uid, gid);
      renameSync(made, this.path);
    });
  }

  /** Writes a file beside the real one, lets `place` move it there, and makes both survive a power cut. */
  #prepare(keys: readonly string[], place: (made: string) => void): void {
    const made = `${this.path}.${process.pid}.new`;
    rmSync(made, { force: true });
    const file = openSync(made, "wx", 0o600);
    writeSync(file, `${keys.join("\n")}\n`);
    fsyncSync(file);
    closeSync(file);
    place(made);
    const folder = openSync(dirname(this.path), "r");
    fsyncSync(folder);
    closeSync(folder);
  }
}

function identityOf({ ino, size, mtimeMs }: { ino: number; size: number; mtimeMs: number }): string {
  return `${ino}:${size}:${mtimeMs}`;
}
