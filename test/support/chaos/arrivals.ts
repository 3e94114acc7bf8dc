import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** An HTTP server to which functions tell which messages reached them. It belongs to the test, so that no kill makes it forget anything. */
export class Arrivals implements AsyncDisposable {
  readonly #texts = new Map<string, string[]>();
  readonly #server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("error", () => undefined);
    request.on("end", () => {
      const goal = (request.url ?? "/").slice(1);
      const texts = this.#texts.get(goal) ?? [];
      this.#texts.set(goal, [...texts, ...(JSON.parse(Buffer.concat(chunks).toString()) as string[])]);
      response.end();
    });
  });

  static async open(): Promise<Arrivals> {
    const arrivals = new Arrivals();
    arrivals.#server.listen(0, "127.0.0.1");
    await once(arrivals.#server, "listening");
    return arrivals;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What each record said that reached a function, in the order of arrival. */
  of(functionName: string): readonly string[] {
    return this.#texts.get(functionName) ?? [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}

/** The files of a function that tells `url` the text of each record that it gets, and then does `more`. */
export function tellingFunction(url: string, more = ""): Readonly<Record<string, string>> {
  return {
    "index.mjs": `import { gunzipSync } from "node:zlib";
const unpacked = (event) => event.awslogs ? JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, "base64"))).logEvents : [event];
const textOf = (record) => record.kinesis ? Buffer.from(record.kinesis.data, "base64").toString() : JSON.stringify(record);
export const handler = async (event, context) => {
  const body = JSON.stringify((event.Records ?? unpacked(event)).map(textOf));
  const answer = await fetch("${url}/" + context.functionName, { method: "POST", body });
  if (!answer.ok) throw new Error("the arrival was not noted");
  ${more}
};
`,
  };
}
