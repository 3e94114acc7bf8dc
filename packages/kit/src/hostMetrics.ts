import type { StatsFs } from "node:fs";
import { statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { Gauge, type Registry } from "prom-client";

/** Metrics of the host's memory. */
export function observeMemory(registry: Registry): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  gauge(
    "hearth_host_memory_available_bytes",
    "Memory of the host that processes can still get, caches included.",
    freemem,
  );
  gauge("hearth_host_memory_size_bytes", "Memory of the host.", totalmem);
}

/** Metrics of the file systems that `folders` lie on, by the names given to them. One that cannot be asked has no value. */
export function observeDisks(registry: Registry, folders: Readonly<Record<string, string>>): void {
  const gauge = (name: string, help: string, read: (stats: StatsFs) => number): void => {
    new Gauge({
      name,
      help,
      labelNames: ["disk"],
      registers: [registry],
      async collect() {
        this.reset();
        for (const [disk, folder] of Object.entries(folders)) {
          const stats = await statfs(folder).catch(() => undefined);
          if (stats) this.set({ disk }, read(stats));
        }
      },
    });
  };
  const disks = "by disk: data (the data directory), docker (the Docker Engine's files, from the launcher).";
  gauge(
    "hearth_disk_free_bytes",
    `Free space that users other than root can take, ${disks}`,
    ({ bavail, bsize }) => bavail * bsize,
  );
  gauge("hearth_disk_size_bytes", `Size of the file system, ${disks}`, ({ blocks, bsize }) => blocks * bsize);
}
