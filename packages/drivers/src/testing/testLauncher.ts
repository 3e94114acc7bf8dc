import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import type { EngineDeps } from "../createEngine.ts";
import type { Engine } from "../engine.ts";
import { HostDriver } from "../hostDriver.ts";
import { installationId } from "../installationId.ts";
import { SandboxFolderStore } from "../sandboxFolders.ts";

/** A data directory that is removed in the end. */
export class TestDataDir implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "hearth-c-"));

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** What an engine needs, on the real clock. */
export function testEngineDeps(dataDir: string): EngineDeps {
  return {
    driver: "auto",
    cpu: "weight",
    egress: { allow: [], unfiltered: false },
    dataDir,
    installation: installationId(dataDir, systemRandom),
    clock: new SystemClock(),
    random: systemRandom,
    logger: silentLogger,
  };
}

export function testDriver(engine: Engine, dataDir: string): HostDriver {
  const folders = new SandboxFolderStore(dataDir, dataDir, undefined);
  return new HostDriver({ engine, folders, dataDir, logger: silentLogger });
}
