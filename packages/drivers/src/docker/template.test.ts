import { expect, test } from "vitest";
import { sandboxContainer } from "./template.ts";

const folders = {
  base: "/d/s/1",
  run: "/d/s/1/run",
  shortRun: "/d/s/1/run",
  task: "/d/s/1/task",
  opt: "/d/s/1/opt",
  tmp: "/t",
};
const spec = {
  sandboxId: "0123456789abcdef",
  installation: "test",
  key: { runtime: "image", image: "a".repeat(64), network: "none", tmpSizeMb: 512 },
  folders,
  fileSystem: undefined,
  network: undefined,
  cgroupParent: "/hearth",
  seccomp: undefined,
  uid: 2_000_000_001,
} as const;
const image = {
  name: `hearth/function-0123456789ab:${"a".repeat(64)}`,
  variables: ["LD_PRELOAD", "SECRET"],
  volumes: [
    { name: "v0", folder: "/data" },
    { name: "v1", folder: "/.hearth/run" },
    { name: "v2", folder: "/mnt/files" },
  ],
  interpreter: "/d/interpreter/x",
};

test("an image of a function's own gets what every sandbox gets, and nothing that it says itself decides about it", () => {
  const made = sandboxContainer({ ...spec, image });
  const language = sandboxContainer({ ...spec, image: { name: "hearth/runtime:x", command: ["node"] } });
  const { Mounts: _mounts, ...limits } = made.HostConfig ?? {};
  const { Mounts: _others, ...others } = language.HostConfig ?? {};
  expect(limits).toEqual(others);
  expect(made).toMatchObject({
    Image: image.name,
    User: "2000000001:990",
    WorkingDir: "/",
    Cmd: [],
    StopSignal: "SIGTERM",
  });
  expect(made.Healthcheck).toEqual({ Test: ["NONE"] });
  expect(made.Entrypoint?.[0]).toBe("/.hearth/lang/ld.so");
  expect(made.Env).toEqual([
    "LD_PRELOAD",
    "SECRET",
    "HEARTH_API_SOCKET=/.hearth/run/api.sock",
    "HEARTH_OUTPUT=/.hearth/run/out",
  ]);
});

test("a sandbox that joins the network of another container says nothing of its own about names, which the engine would refuse", () => {
  const image = { name: "hearth/runtime:x", command: ["node"] };
  const own = sandboxContainer({ ...spec, image, network: { name: "net" } });
  const joined = sandboxContainer({ ...spec, image, network: { holder: "holder" } });
  expect([own.Hostname, own.HostConfig?.NetworkMode]).toEqual(["0123456789abcdef", "net"]);
  expect(own.HostConfig?.ExtraHosts).toContain("sandbox:127.0.0.1");
  expect([joined.Hostname, joined.HostConfig?.NetworkMode]).toEqual([undefined, "container:holder"]);
  expect(joined.HostConfig?.ExtraHosts).toBeUndefined();
  const { NetworkMode: _mode, ExtraHosts: _hosts, ...rest } = own.HostConfig ?? {};
  const { NetworkMode: _joinedMode, ...others } = joined.HostConfig ?? {};
  expect(others).toEqual(rest);
});

test("every mount is read-only, also what the image declares as volumes, and none lies over Hearth's own or a file system", () => {
  const key = { ...spec.key, fileSystem: { accessPoint: "arn:aws:x", mountName: "files" } };
  const fileSystem = { folder: "/srv/files", readOnly: false };
  const { HostConfig } = sandboxContainer({ ...spec, key, fileSystem, image });
  expect(HostConfig?.Mounts?.map(({ Type, Source, Target, ReadOnly }) => [Type, Source, Target, ReadOnly])).toEqual([
    ["bind", "/d/s/1/hosts", "/etc/hosts", true],
    ["bind", "/d/s/1/run", "/.hearth/run", true],
    ["bind", "/d/interpreter/x", "/.hearth/lang", true],
    ["volume", "v0", "/data", true],
    ["bind", "/srv/files", "/mnt/files", false],
  ]);
});
