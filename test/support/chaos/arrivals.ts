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

export interface Telling {
  /** What the function does after it has told. */
  readonly afterwards?: string;
  /** It fails, without telling, when one of its records is poison. */
  readonly refusesPoison?: boolean;
}

/** Whether functions that refuse poison refuse message `n`. */
export function isPoison(n: number): boolean {
  return n % 10 === POISON_DIGIT;
}

const POISON_DIGIT = 3;

/** The files of a function that tells `url` the text of each record that it gets. */
export function tellingFunction(
  url: string,
  { afterwards = "", refusesPoison = false }: Telling = {},
): Readonly<Record<string, string>> {
  const refusal = `if (texts.some((text) => /${POISON_DIGIT}\\]\\]/.test(text))) throw new Error("poison");`;
  return {
    "index.mjs": `import { gunzipSync } from "node:zlib";
const textIn = (base64) => Buffer.from(base64, "base64").toString();
const recordsIn = (event) => {
  if (event.Records) return event.Records;
  if (event.awslogs) return JSON.parse(gunzipSync(Buffer.from(event.awslogs.data, "base64"))).logEvents;
  return Object.values(event.records ?? event.rmqMessagesByQueue ?? { event: [event] }).flat();
};
const textOf = (record) => {
  if (record.kinesis) return textIn(record.kinesis.data);
  const { value, data } = record; // of Kafka, of RabbitMQ
  return typeof (value ?? data) === "string" ? textIn(value ?? data) : JSON.stringify(record);
};
export const handler = async (event, context) => {
  const texts = recordsIn(event).map(textOf);
  ${refusesPoison ? refusal : ""}
  const answer = await fetch("${url}/" + context.functionName, { method: "POST", body: JSON.stringify(texts) });
  if (!answer.ok) throw new Error("the arrival was not noted");
  ${afterwards}
};
`,
  };
}
