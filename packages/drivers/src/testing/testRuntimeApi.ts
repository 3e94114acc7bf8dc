import { execFileSync } from "node:child_process";
import { chmodSync, closeSync, constants, mkdirSync, openSync, readSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import type { SandboxDirectory, SandboxView } from "../driver.ts";

/** Code of the function that the driver tests run: it does whatever the event's `code` says. */
export const TEST_FUNCTION = `
const AsyncFunction = (async () => {}).constructor;
exports.handler = async ({ code }) => await new AsyncFunction("require", code)(require);
`;

/** The same in Python: what the code assigns to `result` is the answer. */
export const TEST_PYTHON_FUNCTION = `
def handler(event, context):
    names = {}
    exec(event["code"], names)
    return names["result"]
`;

const DIGEST_OF_TEST_CODE = "c0de".repeat(16);

/** Puts files where the invoker puts unpacked archives; resolves to the digest that names them. */
export function unpackForTest(dataDir: string, files: Record<string, string>, digest = DIGEST_OF_TEST_CODE): string {
  const folder = join(dataDir, "unpacked", digest);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, ".."), { recursive: true, mode: 0o755 });
    writeFileSync(join(folder, path), text, { mode: 0o644 });
  }
  return digest;
}

interface Call {
  readonly id: string;
  readonly code: string;
  resolve(result: unknown): void;
}

/** The smallest Runtime API: what an invoker does around a driver, for the driver's own tests. */
export class TestRuntimeApi implements AsyncDisposable {
  readonly #server: Server;
  readonly #fifo: number;
  readonly #calls: Call[] = [];
  readonly #answered = new Map<string, Call>();
  readonly #asked = Promise.withResolvers<ServerResponse>();
  #next: ServerResponse | undefined;
  #count = 0;
  #output = "";

  private constructor({ output }: SandboxDirectory) {
    execFileSync("mkfifo", [output]);
    chmodSync(output, 0o666);
    this.#fifo = openSync(output, constants.O_RDWR | constants.O_NONBLOCK);
    // keepAliveTimeout 0: while a function runs its connection is silent, for more than five seconds on a busy machine.
    const options = { keepAliveTimeout: 0 };
    this.#server = createServer(options, (request, response) => void this.#serve(request, response));
  }

  static async listen(directory: SandboxDirectory): Promise<TestRuntimeApi> {
    const api = new TestRuntimeApi(directory);
    await new Promise<void>((resolve) => api.#server.listen(directory.apiSocket, () => resolve()));
    chmodSync(directory.apiSocket, 0o666);
    return api;
  }

  /** Resolves once the runtime waits to be told whose it is. */
  async asked(): Promise<void> {
    await this.#asked.promise;
  }

  async specialise(view: SandboxView, environment: Record<string, string> = {}): Promise<void> {
    const response = await this.#asked.promise;
    const assignment = { ...view, freshProcess: false, environment: { _HANDLER: "index.handler", ...environment } };
    answer(response, 200, JSON.stringify(assignment));
  }

  /** Runs JavaScript in the sandbox and resolves with its result, or with the error document. */
  run(code: string): Promise<unknown> {
    return new Promise((resolve) => {
      this.#calls.push({ id: `00000000-0000-0000-0000-${String(++this.#count).padStart(12, "0")}`, code, resolve });
      this.#hand();
    });
  }

  /** What the sandbox has written to its output so far. */
  output(): string {
    const bytes = Buffer.alloc(65_536);
    try {
      this.#output += bytes.toString("utf8", 0, readSync(this.#fifo, bytes));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
    }
    return this.#output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    closeSync(this.#fifo);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "";
    if (path === "/hearth/specialise") this.#asked.resolve(response);
    else if (path.endsWith("/invocation/next")) {
      this.#next = response;
      this.#hand();
    } else {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece as Buffer);
      const call = this.#answered.get(path.split("/").at(-2) ?? "");
      call?.resolve(JSON.parse(Buffer.concat(pieces).toString()));
      if (!path.startsWith("/hearth/")) {
        answer(response, 202, "");
        return;
      }
      // To Hearth's own runtimes the answer is the next event.
      this.#next = response;
      this.#hand();
    }
  }

  #hand(): void {
    const call = this.#next && this.#calls.shift();
    if (!call || !this.#next) return;
    this.#answered.set(call.id, call);
    this.#next.setHeader("Lambda-Runtime-Aws-Request-Id", call.id);
    this.#next.setHeader("Lambda-Runtime-Deadline-Ms", "9999999999999");
    this.#next.setHeader("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:test");
    answer(this.#next, 200, JSON.stringify({ code: call.code }));
    this.#next = undefined;
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.setHeader("Content-Length", Buffer.byteLength(body));
  response.statusCode = status;
  response.end(body);
}
