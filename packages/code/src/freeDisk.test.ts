import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, silentLogger, systemRandom } from "@hearth/kit";
import { expect, test, vi } from "vitest";
import { CodeStore } from "./codeStore.ts";
import { FreeDisk } from "./freeDisk.ts";

const MINIMUM = 1_000;

function diskWith(free: { bytes: number }, minFreeBytes = MINIMUM): { disk: FreeDisk; clock: ManualClock } {
  const clock = new ManualClock();
  const freeBytes = () => Promise.resolve(free.bytes);
  return { clock, disk: new FreeDisk({ directory: "/", minFreeBytes, clock, logger: silentLogger, freeBytes }) };
}

test("writes that grow are refused below the threshold, and accepted again when there is room", async () => {
  const free = { bytes: MINIMUM - 1 };
  const { disk, clock } = diskWith(free);
  await vi.waitFor(() => expect(disk.isShort).toBe(true));
  expect(() => disk.check()).toThrow(expect.objectContaining({ code: "ServiceException", httpStatus: 503 }));
  free.bytes = 10 * MINIMUM;
  await clock.advance(2_000);
  await vi.waitFor(() => expect(disk.isShort).toBe(false));
  disk.check();
  await disk.need(9 * MINIMUM);
  await expect(disk.need(9 * MINIMUM + 1)).rejects.toMatchObject({ httpStatus: 503 });
  const disposed = disk[Symbol.asyncDispose]();
  await clock.advance(2_000);
  await disposed;
});

test("code that does not fit is refused before anything of it is written; code that is there already is accepted", async () => {
  const folder = await mkdtemp(join(tmpdir(), "hearth-disk-"));
  const free = { bytes: 10 * MINIMUM };
  const { disk } = diskWith(free);
  const store = new CodeStore(folder, { random: systemRandom, disk });
  await store.put(Buffer.from("first"));
  free.bytes = MINIMUM;
  await expect(store.put(Buffer.from("second"))).rejects.toMatchObject({ code: "ServiceException", httpStatus: 503 });
  await store.put(Buffer.from("first"));
  expect(await readdir(join(folder, "blobs"))).toHaveLength(1);
  await rm(folder, { recursive: true });
});

test("without a threshold nothing is measured, and the real file system can be", async () => {
  const { disk } = diskWith({ bytes: 0 }, 0);
  await disk.need(1e15);
  disk.check();
  const clock = new ManualClock();
  const real = new FreeDisk({ directory: tmpdir(), minFreeBytes: 1, clock, logger: silentLogger });
  await expect(real.need(2 ** 60)).rejects.toMatchObject({ httpStatus: 503 });
  expect(real.isShort).toBe(false);
});
