import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve, sep } from "node:path";
import { buffer } from "node:stream/consumers";
import { type Entry, openPromise } from "yauzl";

/** Unpacks a wheel of pure Python below `into`. */
export async function unpackWheel(path: string, into: string): Promise<void> {
  const zip = await openPromise(path, { lazyEntries: true });
  for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) {
    const target = resolve(into, entry.fileName);
    if (!target.startsWith(resolve(into) + sep)) throw new Error(`${path} has an entry outside itself`);
    if (entry.fileName.endsWith("/")) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(join(target), await buffer(await zip.openReadStreamPromise(entry)));
  }
}
