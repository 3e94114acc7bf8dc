import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

/** Writes bytes as they are and reads HTTP answers with Content-Length, in order. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  #bytes = Buffer.alloc(0);
  readonly #answers: RawAnswer[] = [];
  readonly #waiting: ((answer: RawAnswer | undefined) => void)[] = [];
  #closed = false;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      this.#closed = true;
      for (const waiter of this.#waiting.splice(0)) waiter(undefined);
    });
  }

  static connect(path: string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({ path });
      socket.once("error", reject);
      socket.once("connect", () => resolve(new RawClient(socket)));
    });
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  get(path: string): void {
    this.write(`GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`);
  }

  post(path: string, body: string | Buffer, headers = ""): void {
    this.write(`POST ${path} HTTP/1.1\r\nHost: h\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n`);
    this.write(body);
  }

  /** The next answer; undefined when the connection closes first. */
  answer(): Promise<RawAnswer | undefined> {
    const ready = this.#answers.shift();
    if (ready || this.#closed) return Promise.resolve(ready);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The next line, of a connection that has no answers of HTTP. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#bytes.indexOf("\n");
      if (end >= 0) {
        const line = this.#bytes.subarray(0, end).toString();
        this.#bytes = this.#bytes.subarray(end + 1);
        return line;
      }
      if (this.#closed) throw new Error("the connection has been closed");
      await once(this.socket, "data");
    }
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (;;) {
      const headEnd = this.#bytes.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      const [first = "", ...lines] = this.#bytes.subarray(0, headEnd).toString("latin1").split("\r\n");
      const headers = new Map(lines.map((line) => [line.split(": ", 1)[0] ?? "", line.slice(line.indexOf(": ") + 2)]));
      const end = headEnd + 4 + Number(headers.get("Content-Length") ?? 0);
      if (this.#bytes.length < end) return;
      const answer = { status: Number(first.split(" ")[1]), headers, body: this.#bytes.subarray(headEnd + 4, end) };
      this.#bytes = this.#bytes.subarray(end);
      const waiter = this.#waiting.shift();
      if (waiter) waiter(answer);
      else this.#answers.push(answer);
    }
  }
}
