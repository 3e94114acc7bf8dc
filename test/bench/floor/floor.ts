import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Floor extends AsyncDisposable {
  readonly port: number;
}

/** The image that Hearth's own Node functions run in. Reads it from the engine, so Hearth must have started one. */
async function runtimeImage(runtime: string): Promise<string> {
  const { stdout } = await run("docker", [
    "images",
    "--filter",
    `reference=hearth/runtime:${runtime}-*`,
    "--format",
    "{{.Repository}}:{{.Tag}}",
  ]);
  const [image] = stdout.split("\n").filter(Boolean);
  if (!image) throw new Error(`the engine has no image of ${runtime}`);
  return image;
}

/** Starts the floor: one server process and `loops` containers with a lean loop each, hardened and limited like Hearth's, without a network. */
export async function startFloor(loops: number, runtime: string): Promise<Floor> {
  const image = await runtimeImage(runtime);
  const directory = await mkdtemp(join(tmpdir(), "hearth-floor-"));
  await chmod(directory, 0o755);
  const stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true }));
  const folders = Array.from({ length: loops }, (_, index) => join(directory, String(index)));
  for (const folder of folders) {
    await mkdir(folder, { mode: 0o755 });
    await copyFile(join(import.meta.dirname, "loop.mjs"), join(folder, "loop.mjs"));
  }
  const port = await freePort();
  const sockets = folders.map((folder) => join(folder, "api.sock"));
  const server = spawn(process.execPath, [join(import.meta.dirname, "server.ts"), String(port), ...sockets], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  stack.defer(async () => {
    server.kill();
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  });
  await once(server.stdout, "data");
  for (const folder of folders) {
    const limits = [
      "--memory=128m",
      "--memory-swap=128m",
      "--cpu-shares=74",
      "--pids-limit=1024",
      "--log-driver=none",
      "--network=none",
    ];
    const hardening = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--user=993:990"];
    const mount = ["--volume", `${folder}:/floor:ro`, "--env", "HEARTH_RUN_DIR=/floor"];
    const { stdout } = await run("docker", [
      "run",
      "--detach",
      "--rm",
      ...limits,
      ...hardening,
      ...mount,
      image,
      "/var/lang/bin/node",
      "/floor/loop.mjs",
    ]);
    stack.defer(async () => void (await run("docker", ["rm", "--force", stdout.trim()])));
  }
  return { port, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
