import { once } from "node:events";
import { type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";

export interface Followed {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Sends a request to a Hearth on this machine by a link whose host name no resolver knows. */
export async function followLink(
  url: string,
  {
    method = "GET",
    body = "",
    headers = {},
  }: { readonly method?: string; readonly body?: string; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<Followed> {
  const { host, port, pathname, search } = new URL(url);
  const options = { host: "127.0.0.1", port, method, path: `${pathname}${search}` };
  const sent = request({ ...options, headers: { ...headers, host, "content-length": Buffer.byteLength(body) } });
  sent.end(body);
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return { status: answer.statusCode, headers: answer.headers, text: await text(answer) };
}
