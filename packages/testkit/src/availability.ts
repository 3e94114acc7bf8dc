import { accessSync, constants } from "node:fs";
import { request } from "node:http";
import { delimiter, join } from "node:path";

/** Why a test that needs a Docker Engine is skipped; `undefined` when one answers. Use: `skipReason(await noDocker())`. */
export async function noDocker(): Promise<string | undefined> {
  return (await dockerAvailable()) ? undefined : "no Docker Engine answers";
}

/** True when the engine that DOCKER_HOST names, or by default the one behind /var/run/docker.sock, answers this user. */
export function dockerAvailable(): Promise<boolean> {
  const host = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
  const url = new URL(host);
  const target = url.protocol === "unix:" ? { socketPath: url.pathname } : { host: url.hostname, port: url.port };
  return new Promise((resolve) => {
    const ping = request({ ...target, path: "/_ping", timeout: 5000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    ping.on("timeout", () => ping.destroy(new Error("timeout")));
    ping.on("error", () => resolve(false));
    ping.end();
  });
}

/** Why a test that needs `program` is skipped; `undefined` when it is on the path. */
export function noProgram(program: string): string | undefined {
  return findProgram(program) ? undefined : `${program} is not installed`;
}

/** The first `program` on the path that `accept` accepts. */
export function findProgram(program: string, accept: (path: string) => boolean = () => true): string | undefined {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, program);
    try {
      accessSync(path, constants.X_OK);
    } catch {
      continue; // not here
    }
    if (accept(path)) return path;
  }
  return undefined;
}
