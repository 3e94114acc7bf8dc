import { once } from "node:events";
import { connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import type { LambdaClient } from "@aws-sdk/client-lambda";
import { postgresPaths } from "@hearth/store";
import { noDocker, type RunningHearth, skipReason, startHearth } from "@hearth/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createActive, invoke, lambdaClient } from "../support/lambda.ts";
import { HOSTILE_FUNCTION } from "./hostileFunction.ts";

describe("a hostile function on the Docker driver with egress on", skipReason(await noDocker()), () => {
  let hearth: RunningHearth;
  let client: LambdaClient;

  beforeAll(async () => {
    hearth = await startHearth({ driver: "docker", env: { HEARTH_EGRESS: "on" } });
    client = lambdaClient(hearth);
    await createActive(client, { FunctionName: "hostile", files: { "index.js": HOSTILE_FUNCTION } });
    await createActive(client, {
      FunctionName: "neighbour",
      files: { "index.js": `// secret-of-the-neighbour\n${HOSTILE_FUNCTION}` },
    });
  }, 600_000);
  afterAll(() => hearth[Symbol.asyncDispose]());

  const act = async (deed: string, more: object = {}): Promise<unknown> =>
    ((await invoke(client, "hostile", { do: deed, ...more })).payload as { result: unknown }).result;

  test("reaches neither the metadata address, the bridge's gateway, the host's own addresses nor loopback services", async () => {
    const listener = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => listener.listen(0, "0.0.0.0", resolve));
    try {
      const { port } = listener.address() as { port: number };
      const gateway = await act("gateway");
      const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
      const hosts = ["169.254.169.254", ...own.filter(({ family }) => family === "IPv4").map(({ address }) => address)];
      if (gateway !== "none") hosts.push(String(gateway));
      for (const host of new Set(hosts)) {
        expect(await act("connect", { host, port }), `${host}:${port}`).not.toBe("connected");
      }
      expect(await act("connect", { host: "169.254.169.254", port: 80 })).not.toBe("connected");
      const hearthPort = Number(new URL(hearth.endpoint).port);
      // On its own loopback a sandbox has its door to Hearth under this port, so that links to Hearth are valid inside too.
      const others = hosts.filter((host) => host !== "127.0.0.1");
      for (const host of new Set(others))
        expect(await act("connect", { host, port: hearthPort })).not.toBe("connected");
    } finally {
      listener.close();
    }
  });

  test("reaches neither PostgreSQL nor the Docker socket", async () => {
    const { socket, data } = postgresPaths(join(hearth.dataDirectory, "postgres"));
    const launcher = join(hearth.dataDirectory, "launcher.sock");
    for (const path of ["/var/run/docker.sock", join(socket, ".s.PGSQL.5432"), launcher]) {
      // The host itself reaches it there, so the function's failure says something.
      const reached = connect({ path });
      await once(reached, "connect");
      reached.destroy();
      expect(await act("connectPath", { path }), path).toMatch(/^E(NOENT|ACCES|PERM|CONNREFUSED)$/);
    }
    expect(await act("list", { path: socket })).toBe("ENOENT");
    expect(await act("list", { path: data })).toBe("ENOENT");
    expect(await act("list", { path: hearth.dataDirectory })).toBe("ENOENT");
  });

  test("can write to /tmp only", async () => {
    for (const path of [
      "/x",
      "/etc/x",
      "/var/task/x",
      "/opt/x",
      "/var/runtime/x",
      "/run/hearth/x",
      "/home/x",
      "/dev/x",
      "/usr/bin/x",
    ]) {
      expect(["EROFS", "EACCES", "EPERM", "ENOENT"], path).toContain(await act("write", { path }));
    }
    expect(await act("write", { path: "/tmp/x" })).toBe("done");
  });

  test("sees no other function's code, no owner's key and no Hearth variable", async () => {
    expect(await act("list", { path: "/var/task" })).toEqual(["index.js"]);
    expect(String(await act("mounts"))).not.toContain("unpacked");
    const environment = (await act("environment")) as Record<string, string>;
    expect(Object.keys(environment).filter((name) => name.startsWith("HEARTH_"))).toEqual([]);
    const { accessKeyId } = hearth.clientConfig.credentials;
    expect(Object.values(environment)).not.toContain(accessKeyId);
    expect(environment["AWS_ACCESS_KEY_ID"]).toMatch(/^ASIA/);
  });

  test("has no capability, no new privileges, and a filter on system calls", async () => {
    const status = String(await act("status"));
    expect(status).toMatch(/CapEff:\s+0+\n/);
    expect(status).toMatch(/CapBnd:\s+0+\n/);
    expect(status).toMatch(/NoNewPrivs:\s+1/);
    expect(status).toMatch(/Seccomp:\s+2/);
    expect(status).toMatch(/Uid:\s+2\d{9}\s/);
  });

  test("a fork bomb leaves the neighbour answering", async () => {
    const bomb = invoke(client, "hostile", { do: "forkBomb" });
    for (let i = 0; i < 10; i++)
      expect((await invoke(client, "neighbour", { do: "ping" })).payload).toEqual({ result: "pong" });
    await bomb;
    expect((await invoke(client, "neighbour", { do: "ping" })).payload).toEqual({ result: "pong" });
  });

  test("a memory bomb is killed, says so, and leaves the neighbour answering", async () => {
    const bomb = invoke(client, "hostile", { do: "memoryBomb" });
    for (let i = 0; i < 10; i++)
      expect((await invoke(client, "neighbour", { do: "ping" })).payload).toEqual({ result: "pong" });
    const { FunctionError, payload } = await bomb;
    expect(FunctionError).toBe("Unhandled");
    expect(payload).toMatchObject({ errorType: expect.stringMatching(/^Runtime\.(ExitError|OutOfMemory)$/) });
    expect(await act("ping")).toBe("pong");
  });
});
