import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { createServer, type Server } from "node:net";
import type { Clock, Logger } from "@hearth/kit";
import type Docker from "dockerode";
import { INSTALLATION_LABEL } from "../docker/labels.ts";
import { HARDENED } from "../docker/hardened.ts";
import { type Allowed, removal, resolversOf, rulesOf, ruleset } from "./ruleset.ts";

/** With systemd-resolved the engine uses the servers of the second file, not the stub in the first. */
const RESOLV_CONFS = ["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
const METADATA = "169.254.169.254";
const ONE_SHOT_TIMEOUT_MS = 30_000;
/** Writes the rules of its second argument, and prints the table of its first before and after. */
const WRITE_AND_LIST = [
  'nft -s list table inet "$1" 2>/dev/null',
  "echo written:",
  'printf %s "$2" | nft -f - && nft -s list table inet "$1" && echo end',
].join("\n");

export interface FirewallDeps {
  readonly docker: Docker;
  readonly installation: string;
  readonly bridge: string;
  readonly networkName: string;
  readonly allow: readonly Allowed[];
  /** What each sandbox may send, and as much again what it may receive; no limit when absent. */
  readonly bytesPerS?: number | undefined;
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
  /** The table as the kernel listed it after the rules were last written. */
  #written: string | undefined;

  constructor(deps: FirewallDeps) {
    this.#deps = deps;
    this.#table = `hearth_${deps.installation}`;
    this.#direct = process.getuid?.() === 0;
  }

  get isDirect(): boolean {
    return this.#direct;
  }

  /** Idempotent; replaces all rules at once. Resolves with whether the rules of the last time were still there, unchanged. */
  async install(): Promise<{ readonly wereIntact: boolean }> {
    const { bridge, allow, bytesPerS } = this.#deps;
    const resolvers = RESOLV_CONFS.filter((path) => existsSync(path)).flatMap((path) =>
      resolversOf(readFileSync(path, "utf8")),
    );
    const { before, after } = await this.#write(ruleset({ table: this.#table, bridge, allow, resolvers, bytesPerS }));
    const wereIntact = this.#written === undefined || before === this.#written;
    this.#written = after;
    return { wereIntact };
  }

  /** Works also after `stop`. */
  async remove(): Promise<void> {
    this.#written = undefined;
    const rules = removal(this.#table);
    if (await this.#directly(() => nft(["-f", "-"], rules))) return;
    const command = ["sh", "-c", 'printf %s "$1" | nft -f - && echo written', "sh", rules];
    const said = await this.#run(command, "host", new AbortController().signal, ["NET_ADMIN"]);
    if (!said.includes("written")) throw new Error(`nft refused the rules: ${said}`);
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

  async #write(rules: string): Promise<{ readonly before: string; readonly after: string }> {
    const list = ["-s", "list", "table", "inet", this.#table];
    const direct = await this.#directly(async () => {
      const before = await nft(list).catch(() => ""); // there is no such table yet
      await nft(["-f", "-"], rules);
      return { before: rulesOf(before), after: rulesOf(await nft(list)) };
    });
    if (direct) return direct;
    const command = ["sh", "-c", WRITE_AND_LIST, "sh", this.#table, rules];
    const said = await this.#run(command, "host", this.#deps.stop, ["NET_ADMIN"]);
    const [, before, after] = /^([^]*?)written:\n([^]*)end$/.exec(said) ?? [];
    if (before === undefined || after === undefined) throw new Error(`nft refused the rules: ${said}`);
    return { before: rulesOf(before), after: rulesOf(after) };
  }

  /** What `action` resolves with, where this process may write rules; `undefined` from the first time that it may not. */
  async #directly<T>(action: () => Promise<T>): Promise<T | undefined> {
    if (!this.#direct) return undefined;
    try {
      return await action();
    } catch (error) {
      this.#direct = false;
      const reason = error instanceof Error ? error.message : String(error);
      this.#deps.logger.info({ reason }, "this process cannot write the firewall's rules, so a container writes them");
      return undefined;
    }
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

/** Runs nft with `input` and resolves with its output. */
function nft(args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn("nft", args, { stdio: ["pipe", "pipe", "pipe"] });
    let output = "";
    let complaint = "";
    child.stdout.on("data", (text: Buffer) => (output += text.toString()));
    child.stderr.on("data", (text: Buffer) => (complaint += text.toString()));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(output) : reject(new Error(`nft: ${complaint.trim()}`))));
    child.stdin.on("error", reject).end(input);
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
