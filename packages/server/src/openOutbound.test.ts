import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ManualClock, Registry, silentLogger, systemRandom } from "@hearth/kit";
import { expect, onTestFinished, test } from "vitest";
import type { Base } from "./base.ts";
import { readConfig } from "./config.ts";
import { openOutbound } from "./openOutbound.ts";
import { StartError } from "./startError.ts";

const signal = new AbortController().signal;

function base(env: Readonly<Record<string, string>>): Base {
  return {
    config: readConfig(env, "/clone"),
    clock: new ManualClock(),
    random: systemRandom,
    logger: silentLogger,
    registry: new Registry(),
    stop: signal,
  };
}

test.each([
  ["the endpoint", 4566],
  ["its metrics", 4567],
  ["the launcher's metrics", 4568],
  ["PostgreSQL", 5432],
  ["Redis", 6379],
])("a grant of loopback without a port does not open %s", async (_what, port) => {
  const outbound = openOutbound(
    base({
      HEARTH_OUTBOUND_ALLOW: "*=127.0.0.0/8",
      DATABASE_URL: "postgresql://hearth@127.0.0.1/hearth",
      REDIS_URL: "redis://127.0.0.1",
    }),
  );
  const connecting = outbound.connect({ accountId: "111111111111", host: "127.0.0.1", port, signal });
  await expect(connecting).rejects.toMatchObject({
    detail: expect.stringContaining("is a server of this installation"),
  });
});

test("a file of authorities that cannot be used is a reason not to start", () => {
  const folder = mkdtempSync(join(tmpdir(), "authorities-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "authority.pem");
  expect(() => openOutbound(base({ HEARTH_OUTBOUND_CA: path }))).toThrow(StartError);
  writeFileSync(path, "");
  expect(() => openOutbound(base({ HEARTH_OUTBOUND_CA: path }))).toThrow("it has no certificate in PEM");
  writeFileSync(path, "-----BEGIN CERTIFICATE-----\nno certificate\n-----END CERTIFICATE-----\n");
  expect(() => openOutbound(base({ HEARTH_OUTBOUND_CA: path }))).toThrow(`HEARTH_OUTBOUND_CA=${path} cannot be used`);
});
