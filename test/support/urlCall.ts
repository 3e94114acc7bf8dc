import { request } from "node:http";

export interface UrlCall {
  readonly method?: string;
  /** Path and query as they are sent. */
  readonly path?: string;
  /** Several values become several lines. */
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string | Uint8Array;
}

export interface UrlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request to a function URL or API of the Hearth at `endpoint`; no name needs to be resolved. */
export async function urlCall(endpoint: string, url: string, call: UrlCall = {}): Promise<UrlAnswer> {
  const { hostname, port } = new URL(endpoint);
  const { host, pathname, search } = new URL(url);
  const path = call.path ?? `${pathname}${search}`;
  return await new Promise((resolve, reject) => {
    const headers = { host, ...call.headers };
    const sent = request({ hostname, port, path, method: call.method ?? "GET", headers }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on("error", reject);
    sent.end(call.body);
  });
}
