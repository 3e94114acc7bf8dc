import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { createServer, type Server } from "node:net";
import type { Clock, Logger } from "@hearth/kit";
import type Docker from "dockerode";
import { INSTALLATION_LABEL } from "../docker/labels.ts";
import { HARDENED } from "../docker/hardened.ts";
import { type Allowed, removal, resolversOf, ruleset } from "./ruleset.ts";

/** With systemd-resolved the engine uses the servers of the second file, not the stub in the first. */
const RESOLV_CONFS = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
const METADATA = "169.254.169.254";
const ONE_SHOT_TIMEOUT_MS = 30_000;

export interface FirewallDeps {
  readonly docker: Docker;
  readonly installation: string;
  readonly bridge: string;
  readonly networkName: string;
  readonly allow: readonly Allowed[];
  /** The image with nft and busybox. */
  readonly image: string;
  /** Aborted when the launcher ends: running containers are killed, and their methods reject. */
  readonly stop: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The rules on the sandboxes' bridge: written by this process if permitted, otherwise by a container with the host's network and NET_ADMIN. */
export class Firewall {
  readonly #deps: FirewallDeps;
  readonly #table: string;
  /** Whether this process itself may write rules. Determined by trying. */
  #direct: boolean;

  constructor(deps: FirewallDeps) {
    this.#deps = deps;
    this.#table = `hearth_${deps.installation}`;
    this.#direct = process.getuid?.() === 0;
  }

  get isDirect(): boolean {
    return this.#direct;
  }

  /** Idempotent; replaces all rules at once. */
  async install(): Promise<void> {
    const { bridge, allow } = this.#deps;
    const resolvers = RESOLV_CONFS.filter((path) => existsSync(path)).flatMap((path) =>
      resolversOf(readFileSync(path, "utf8")),
    );
    await this.#apply(ruleset({ table: this.#table, bridge, allow, resolvers }), this.#deps.stop);
  }

  /** Works also after `stop`. */
  async remove(): Promise<void> {
    await this.#apply(removal(this.#table), new AbortController().signal);
  }

  /**
   * Tries, from an ordinary sandbox, to reach a listener on every address of this host, the metadata service and another
   * sandbox. Resolves with what was reachable: an empty list when the firewall works.
   */
  async probe(): Promise<readonly string[]> {
    await using listener = await listen();
    const neighbour = await this.#start(["sh", "-c", "while true; do nc -l -p 4000 </dev/null; done"]);
    try {
      const { NetworkSettings } = await neighbour.inspect();
      const { IPAddress = "", Gateway = "" } = NetworkSettings.Networks[this.#deps.networkName] ?? {};
      if (IPAddress === "" || Gateway === "") throw new Error("the probe has no address");
      const hosts = new Set([Gateway, ...ownAddresses()]);
      const targets = [...[...hosts].map((host) => [host, listener.port]), [METADATA, 80], [IPAddress, 4000]];
      const attempt = targets.map(
        ([host, port]) => `{ nc -w 2 ${host} ${port} </dev/null && echo reached ${host}; } &`,
      );
      // The last line shows that the probe itself can connect to something, and that it ran to its end.
      const control =
        "(nc -l -p 4001 </dev/null & sleep 0.3; nc -w 2 127.0.0.1 4001 </dev/null && echo reached itself)";
      const said = await this.#run(
        ["sh", "-c", [...attempt, "wait", control].join("\n")],
        this.#deps.networkName,
        this.#deps.stop,
      );
      const reached = [...said.matchAll(/^reached (\S+)$/gm)].map((match) => match[1] ?? "");
      if (!reached.includes("itself")) throw new Error(`the probe did not work: ${said}`);
      return reached.filter((name) => name !== "itself").sort();
    } finally {
      await neighbour.remove({ force: true, v: true });
    }
  }

  async #apply(rules: string, stop: AbortSignal): Promise<void> {
    if (this.#direct) {
      try {
        await nft(rules);
        return;
      } catch (error) {
        this.#direct = false;
        this.#deps.logger.info({ err: error }, "the firewall's rules are written by a container");
      }
    }
    const command = ["sh", "-c", 'printf %s "$1" | nft -f - && echo written', "sh", rules];
    const said = await this.#run(command, "host", stop, ["NET_ADMIN"]);
    if (!said.includes("written")) throw new Error(`nft refused the rules: ${said}`);
  }

  /** Runs a program of the image to its end and resolves with its output. */
  async #run(
    command: readonly string[],
    network: string,
    stop: AbortSignal,
    capabilities: readonly string[] = [],
  ): Promise<string> {
    const { clock, docker } = this.#deps;
    stop.throwIfAborted();
    const container = await this.#create(command, network, capabilities);
    const kill = (): void => void container.kill().catch(() => undefined); // it may just have ended
    const tooLong = clock.after(ONE_SHOT_TIMEOUT_MS, kill);
    stop.addEventListener("abort", kill, { once: true });
    try {
      const stream = await container.attach({ stream: true, stdout: true, stderr: true });
      let said = "";
      const into = { write: (chunk: Buffer) => (said += chunk.toString()) } as unknown as NodeJS.WritableStream;
      docker.modem.demuxStream(stream, into, into);
      const ended = new Promise((resolve) => stream.once("end", resolve).once("close", resolve));
      await container.start();
      await container.wait();
      stop.throwIfAborted();
      await ended;
      return said.trim();
    } finally {
      stop.removeEventListener("abort", kill);
      tooLong[Symbol.dispose]();
      await container.remove({ force: true, v: true });
    }
  }

  async #start(command: readonly string[]): Promise<Docker.Container> {
    const container = await this.#create(command, this.#deps.networkName, []);
    await container.start();
    return container;
  }

  #create(command: readonly string[], network: string, capabilities: readonly string[]): Promise<Docker.Container> {
    const { docker, image, installation } = this.#deps;
    return docker.createContainer({
      Image: image,
      Entrypoint: [...command.slice(0, 1)],
      Cmd: [...command.slice(1)],
      Env: ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"],
      User: network === "host" ? "0:0" : "993:990",
      Labels: { [INSTALLATION_LABEL]: installation },
      HostConfig: { ...HARDENED, NetworkMode: network, CapAdd: [...capabilities], PidsLimit: 64 },
    });
  }
}

function nft(rules: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn("nft", ["-f", "-"], { stdio: ["pipe", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (text: Buffer) => (said += text.toString()));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve() : reject(new Error(`nft: ${said.trim()}`))));
    child.stdin.on("error", reject).end(rules);
  });
}

/** A listener on every address of this host that accepts all connections. */
async function listen(): Promise<{ port: number } & AsyncDisposable> {
  const server: Server = createServer((socket) => socket.on("error", () => socket.destroy()).end("hello\n"));
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, "0.0.0.0", () => resolve()));
  const address = server.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  return { port, [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())) };
}

function ownAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.filter(({ family, internal }) => family === "IPv4" && !internal).map(({ address }) => address);
}
