import { mkdtempSync, rmSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Driver, ImageSource, PoolKey, SandboxDirectory, SandboxEvent, SandboxView } from "@hearth/drivers";

const API = "/2018-06-01/runtime";

/** How the sandboxes of a fake driver behave. */
export interface FakeBehaviour {
  /** Throws to fail what is done ahead of a boot; nothing is done ahead without it. */
  create?(): void;
  /** Throws to fail the boot. */
  boot?(): void | Promise<void>;
  /** Throws to report an init error; a promise that never settles hangs. */
  init?(sandboxId: string): void | Promise<void>;
  /** The hooks after a restore, of a runtime that asks for one. Throws to report an error; a promise that never settles hangs. */
  restore?(): void | Promise<void>;
  /** The answer to an event. */
  handle?(event: unknown, sandboxId: string): unknown;
  /** Throws to fail a thaw. */
  thaw?(): void;
  /** The CPU time that it has used. */
  cpuMs?(sandboxId: string): number;
  /** Runs before the sandbox's processes end. */
  stop?(): Promise<void>;
  /** Runs between a response and the request for the next event. */
  afterAnswer?(): Promise<void>;
}

/** A driver whose sandboxes are runtimes inside this process, which use the real Runtime API over real sockets. */
export class FakeDriver implements Driver {
  readonly name = "process";
  readonly behaviour: FakeBehaviour;
  readonly created: string[] = [];
  readonly booted: string[] = [];
  readonly stopped: string[] = [];
  readonly frozen = new Set<string>();
  /** The methods that were called, in order. */
  readonly calls: string[] = [];
  readonly #dir = mkdtempSync(join(tmpdir(), "hearth-d-"));
  readonly #alive = new Map<string, Set<ClientRequest>>();
  readonly #listeners: ((event: SandboxEvent) => void)[] = [];

  readonly images: ImageSource = {
    runtimes: () => Promise.resolve([{ runtime: "python3.12", servedBy: "python3.13", state: "ready" }]),
    ensureRuntime: () => Promise.resolve(undefined),
    ensureRuntimeVersion: () => Promise.resolve(undefined),
    resolveImage: () => Promise.resolve({ kind: "unsupported", reason: "a fake driver has no images" }),
    ensureImage: () => {
      this.calls.push("ensureImage");
      return Promise.resolve({
        entryPoint: ["/main"],
        command: [],
        workingDirectory: "/",
        environment: { PATH: "/bin" },
      });
    },
    keptImages: () => Promise.resolve([]),
    releaseImage: () => Promise.resolve(),
    onProgress: () => undefined,
  };

  constructor(behaviour: FakeBehaviour = {}) {
    this.behaviour = behaviour;
  }

  async prepare(sandboxId: string): Promise<SandboxDirectory> {
    const folder = join(this.#dir, sandboxId);
    await mkdir(folder);
    return { apiSocket: join(folder, "api.sock"), output: join(folder, "out") };
  }

  create(sandboxId: string): Promise<boolean> {
    if (!this.behaviour.create) return Promise.resolve(false);
    this.behaviour.create();
    this.created.push(sandboxId);
    return Promise.resolve(true);
  }

  async boot(sandboxId: string, _key: PoolKey): Promise<void> {
    this.calls.push("boot");
    await this.behaviour.boot?.();
    this.booted.push(sandboxId);
    this.#alive.set(sandboxId, new Set());
    void this.#run(sandboxId);
  }

  specialise(): Promise<SandboxView> {
    this.calls.push("specialise");
    return Promise.resolve({ taskRoot: "/var/task", optRoot: "/opt", tmpDir: "/tmp" });
  }

  freeze(sandboxId: string): Promise<void> {
    this.calls.push("freeze");
    this.frozen.add(sandboxId);
    return Promise.resolve();
  }

  async thaw(sandboxId: string): Promise<void> {
    this.calls.push("thaw");
    this.frozen.delete(sandboxId);
    await Promise.resolve(this.behaviour.thaw?.());
  }

  expectEgress(): Promise<void> {
    return Promise.resolve();
  }

  cpuMs(sandboxId: string): Promise<number> {
    return Promise.resolve(this.behaviour.cpuMs?.(sandboxId) ?? 0);
  }

  async stop(sandboxId: string): Promise<void> {
    this.calls.push("stop");
    this.stopped.push(sandboxId);
    await this.behaviour.stop?.();
    this.#end(sandboxId);
    await rm(join(this.#dir, sandboxId), { recursive: true, force: true, maxRetries: 10, retryDelay: 10 });
  }

  list(): Promise<readonly string[]> {
    this.calls.push("list");
    return Promise.resolve([...this.#alive.keys()]);
  }

  on(listener: (event: SandboxEvent) => void): void {
    this.#listeners.push(listener);
  }

  /** Ends the runtime process of `sandboxId`. With `tell` false the driver does not report it. */
  exit(sandboxId: string, how: Partial<Extract<SandboxEvent, { kind: "exited" }>> = {}, tell = true): void {
    this.#end(sandboxId);
    if (!tell) return;
    this.say({ exitCode: 1, signal: null, outOfMemory: false, ...how, kind: "exited", sandboxId });
  }

  say(event: SandboxEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  /** Adds a sandbox that was not booted by the pools under test. */
  addOrphan(sandboxId: string): void {
    this.#alive.set(sandboxId, new Set());
  }

  [Symbol.asyncDispose](): Promise<void> {
    for (const sandboxId of [...this.#alive.keys()]) this.#end(sandboxId);
    rmSync(this.#dir, { recursive: true, force: true, maxRetries: 10, retryDelay: 10 });
    return Promise.resolve();
  }

  #end(sandboxId: string): void {
    const requests = this.#alive.get(sandboxId);
    this.#alive.delete(sandboxId);
    for (const open of requests ?? []) open.destroy();
  }

  async #run(sandboxId: string): Promise<void> {
    try {
      await this.#send(sandboxId, "GET", "/hearth/specialise");
      try {
        await this.behaviour.init?.(sandboxId);
      } catch (error) {
        await this.#fail(sandboxId, `${API}/init/error`, error);
        this.exit(sandboxId);
        return;
      }
      if (this.behaviour.restore && !(await this.#restore(sandboxId, this.behaviour.restore))) return;
      for (;;) {
        await this.#serve(sandboxId);
        await this.behaviour.afterAnswer?.();
      }
    } catch (error) {
      // Otherwise the request was cut off because its sandbox has ended, or the pools closed its socket, as they do before they stop it.
      if (this.#alive.has(sandboxId) && (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  /** False when its hooks failed. */
  async #restore(sandboxId: string, hooks: () => void | Promise<void>): Promise<boolean> {
    const { status } = await this.#send(sandboxId, "GET", `${API}/restore/next`);
    if (status !== 200) throw new Error(`restore/next answered ${status}`);
    try {
      await hooks();
      return true;
    } catch (error) {
      await this.#fail(sandboxId, `${API}/restore/error`, error);
      this.exit(sandboxId);
      return false;
    }
  }

  async #serve(sandboxId: string): Promise<void> {
    const { body, headers } = await this.#send(sandboxId, "GET", `${API}/invocation/next`);
    const path = `${API}/invocation/${String(headers["lambda-runtime-aws-request-id"])}`;
    try {
      const answer = await this.behaviour.handle?.(JSON.parse(body), sandboxId);
      await this.#send(sandboxId, "POST", `${path}/response`, JSON.stringify(answer ?? null));
    } catch (error) {
      if (!this.#alive.has(sandboxId)) throw error;
      await this.#fail(sandboxId, `${path}/error`, error);
    }
  }

  async #fail(sandboxId: string, path: string, error: unknown): Promise<void> {
    const { name, message } = error as Error;
    await this.#send(sandboxId, "POST", path, JSON.stringify({ errorType: name, errorMessage: message }), name);
  }

  #send(sandboxId: string, method: string, path: string, body?: string, errorType?: string): Promise<Answer> {
    const requests = this.#alive.get(sandboxId);
    if (!requests) return Promise.reject(new Error("the sandbox has ended"));
    const headers = errorType === undefined ? {} : { "Lambda-Runtime-Function-Error-Type": errorType };
    return new Promise((resolve, reject) => {
      const socketPath = join(this.#dir, sandboxId, "api.sock");
      const sent = request({ socketPath, method, path, headers, agent: false }, (response) => {
        void read(response).then((text) => {
          requests.delete(sent);
          resolve({ status: response.statusCode, body: text, headers: response.headers });
        }, reject);
      });
      sent.on("error", reject);
      requests.add(sent);
      sent.end(body);
    });
  }
}

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
  readonly headers: IncomingMessage["headers"];
}

async function read(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
