import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { portHolder } from "./portHolder.ts";

const HEADER = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode";
/** Port 4566, listening. */
const LISTENER = "   0: 0100007F:11D6 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 777 1 0";
/** Port 4567, a connection. */
const CONNECTION = "   1: 0100007F:11D7 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 888 1 0";

function procWith(command: string): string {
  const proc = mkdtempSync(join(tmpdir(), "hearth-proc-"));
  onTestFinished(() => rmSync(proc, { recursive: true }));
  mkdirSync(join(proc, "net"));
  writeFileSync(join(proc, "net", "tcp"), [HEADER, LISTENER, CONNECTION].join("\n"));
  mkdirSync(join(proc, "42", "fd"), { recursive: true });
  symlinkSync("socket:[888]", join(proc, "42", "fd", "3"));
  mkdirSync(join(proc, "4711", "fd"), { recursive: true });
  symlinkSync("/dev/null", join(proc, "4711", "fd", "0"));
  symlinkSync("socket:[777]", join(proc, "4711", "fd", "18"));
  writeFileSync(join(proc, "4711", "cmdline"), command);
  return proc;
}

test("names the process that listens on a port, with its command", () => {
  expect(portHolder(4566, procWith("/usr/bin/node\0--max-semi-space-size=16\0server.js\0"))).toBe(
    "pid 4711, node server.js",
  );
});

test("a command cannot write to the terminal, or fill it", () => {
  const shown = portHolder(4566, procWith(`\u001b[2Jnode\0${"x".repeat(500)}\0`));
  expect(shown).toMatch(/^pid 4711, \?\[2Jnode x+…$/);
  expect(shown?.length).toBeLessThan(100);
});

test("a connection holds no port, and without the tables of the kernel nothing is named", () => {
  expect(portHolder(4567, procWith("node\0"))).toBeUndefined();
  expect(portHolder(4566, "/nonexistent")).toBeUndefined();
});
