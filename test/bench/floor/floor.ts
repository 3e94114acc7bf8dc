import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, copyFile, cp, mkdir, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface Floor extends AsyncDisposable {
  readonly port: number;
}

/** Options of a container that is as hardened as Hearth's. */
export const CONTAINER = [
  "--pids-limit=1024",
  "--network=none",
  "--read-only",
  "--cap-drop=ALL",
  "--security-opt=no-new-privileges",
  "--user=993:990",
];

/** A loop in another language than Node.js; `folder` is `/floor` in its container. */
export interface FloorOptions {
  readonly loop?: { readonly folder: string; readonly command: readonly string[] };
  readonly memoryMb?: number;
}

/** The image that Hearth's own functions run in. Reads it from the engine, so Hearth must have started one. */
export async function runtimeImage(runtime: string): Promise<string> {
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
export async function startFloor(
  loops: number,
  runtime: string,
  { loop, memoryMb = 128 }: FloorOptions = {},
): Promise<Floor> {
  const image = await runtimeImage(runtime);
  const directory = await mkdtemp(join(tmpdir(), "hearth-floor-"));
  await chmod(directory, 0o755);
  const stack = new AsyncDisposableStack();
  stack.defer(() => rm(directory, { recursive: true }));
  const folders = Array.from({ length: loops }, (_, index) => join(directory, String(index)));
  for (const folder of folders) {
    await mkdir(folder, { mode: 0o755 });
    if (loop) await cp(loop.folder, folder, { recursive: true });
    else await copyFile(join(import.meta.dirname, "loop.mjs"), join(folder, "loop.mjs"));
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
      `--memory=${memoryMb}m`,
      `--memory-swap=${memoryMb}m`,
      `--cpu-shares=${Math.round((memoryMb * 1024) / 1769)}`,
      "--log-driver=none",
    ];
    const mount = ["--volume", `${folder}:/floor:ro`, "--env", "HEARTH_RUN_DIR=/floor"];
    const { stdout } = await run("docker", [
      "run",
      "--detach",
      "--rm",
      ...limits,
      ...CONTAINER,
      ...mount,
      image,
      ...(loop?.command ?? ["/var/lang/bin/node", "/floor/loop.mjs"]),
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
