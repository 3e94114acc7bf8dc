import { createHash, createHmac } from "node:crypto";
import { connect, type Socket } from "node:net";

const sha256 = (data: string): string => createHash("sha256").update(data).digest("hex");
const hmac = (key: string | Buffer, data: string): Buffer => createHmac("sha256", key).update(data).digest();

export interface SigningTarget {
  readonly port: number;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Makes the bytes of signed requests of a service that speaks AWS JSON 1.0. */
export function requestSigner({ port, region, credentials }: SigningTarget, service: string, targetPrefix: string) {
  const host = `127.0.0.1:${port}`;
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/${service}/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${credentials.secretAccessKey}`, date), region), service), "aws4_request");
  const signed = "host;x-amz-content-sha256;x-amz-date;x-amz-target";
  return (operation: string, input: object): Buffer => {
    const body = JSON.stringify(input);
    const hash = sha256(body);
    const target = `${targetPrefix}.${operation}`;
    const canonical = `POST\n/\n\nhost:${host}\nx-amz-content-sha256:${hash}\nx-amz-date:${time}\nx-amz-target:${target}\n\n${signed}\n${hash}`;
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString("hex");
    return Buffer.from(
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
        `X-Amz-Date: ${time}\r\nX-Amz-Content-Sha256: ${hash}\r\nX-Amz-Target: ${target}\r\n` +
        `Authorization: AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}\r\n\r\n${body}`,
    );
  };
}

/** A keep-alive connection that sends prepared bytes, with as little work as a client can have. */
export class RawConnection implements Disposable {
  readonly #socket: Socket;
  #pending: Buffer = Buffer.alloc(0);
  #answer: { resolve(body: Buffer): void; reject(error: Error): void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#hear(chunk));
    socket.on("error", (error) => this.#answer?.reject(error));
    socket.on("close", () => this.#answer?.reject(new Error("the server closed the connection")));
  }

  static async open(port: number): Promise<RawConnection> {
    return await new Promise((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => resolve(new RawConnection(socket)));
      socket.once("error", reject);
    });
  }

  /** Resolves with the body of the answer; rejects for one other than 200. */
  send(request: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#answer = { resolve, reject };
      this.#socket.write(request);
    });
  }

  #hear(chunk: Buffer): void {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const headEnd = this.#pending.indexOf("\r\n\r\n");
    if (headEnd < 0) return;
    const head = this.#pending.toString("latin1", 0, headEnd);
    const length = /content-length: (\d+)/i.exec(head)?.[1];
    if (length === undefined) return this.#answer?.reject(new Error(`an answer without a length: ${head}`));
    const end = headEnd + 4 + Number(length);
    if (this.#pending.length < end) return;
    const body = this.#pending.subarray(headEnd + 4, end);
    this.#pending = Buffer.alloc(0);
    const answer = this.#answer;
    this.#answer = undefined;
    if (head.startsWith("HTTP/1.1 200")) answer?.resolve(body);
    else answer?.reject(new Error(`${head.slice(0, 60)} ${body.toString().slice(0, 300)}`));
  }

  [Symbol.dispose](): void {
    this.#answer = undefined;
    this.#socket.destroy();
  }
}
