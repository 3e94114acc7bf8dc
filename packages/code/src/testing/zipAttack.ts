import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { InvalidZip } from "../invalidZip.ts";
import { removeTree } from "../removeTree.ts";
import { unpackZip } from "../unpack.ts";
import { inspectZip } from "../zipMembers.ts";
import { rawZip, type RawEntry } from "./rawZip.ts";

/** Makes the archive of the attack that the first argument names, unpacks it in the folder that the second names, and prints what that cost. */

const each = (count: number, entry: (number: number) => RawEntry): RawEntry[] =>
  Array.from({ length: count }, (_, number) => entry(number));
const elsewhere = { withoutData: true, offset: 0 };

const attacks: Readonly<Record<string, () => Buffer>> = {
  overlapping() {
    const zeros = Buffer.alloc(2_500_000);
    return rawZip(each(100, (number) => ({ name: `f${number}`, content: zeros, ...(number > 0 && elsewhere) })));
  },
  inflating() {
    const zeros = Buffer.alloc(20_000_000);
    return rawZip([
      { name: "small", content: zeros, uncompressedSize: 1000 },
      { name: "large", content: zeros, uncompressedSize: 2_000_000 },
    ]);
  },
  extraFields: () => rawZip(each(190, (number) => ({ name: `f${number}`, extra: Buffer.alloc(65_532) }))),
  folders: () => rawZip(each(10_000, (number) => ({ name: `${number}/${"a/".repeat(500)}f`, ...elsewhere }))),
  links() {
    const content = "a/../".repeat(200);
    const at = "a/".repeat(40);
    const link = (number: number): RawEntry => ({ name: `${at}${number}`, content: `${content}x`, mode: 0o120777 });
    return rawZip(each(9_000, link));
  },
  /** More than 65,535, so counted by zip64; of one name, so that they cost nothing on disk. */
  entries: () =>
    rawZip(
      each(70_000, (number) => ({ name: "f", stored: true, ...(number > 0 && elsewhere) })),
      { zip64: {} },
    ),
};

const [, , attack = "", folder = ""] = process.argv;
const bytes = attacks[attack]?.();
if (!bytes) throw new Error(`no such attack: ${attack}`);
const archive = `${folder}.zip`;
const target = join(folder, "tree");
await mkdir(target, { recursive: true });
await writeFile(archive, bytes);

const stalls = monitorEventLoopDelay({ resolution: 10 });
stalls.enable();
const outcome = await inspectZip(bytes)
  .then(() => unpackZip(archive, target))
  .then(
    () => "unpacked",
    (error: unknown) => (error instanceof InvalidZip ? `InvalidZip: ${error.message}` : String(error)),
  );
stalls.disable();
await removeTree(folder);
process.stdout.write(
  JSON.stringify({ outcome, rssMb: process.resourceUsage().maxRSS / 1024, stalledMs: stalls.max / 1e6 }),
);
