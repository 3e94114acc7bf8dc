import { sendSigned } from "./signedRequest.ts";

export interface AdminClient {
  /** Resolves with the parsed body; rejects with a RequestError when the request fails. */
  get(path: string, query: Readonly<Record<string, string>>): Promise<unknown>;
  /** Resolves with the parsed body, or `undefined` when there is none; rejects with a RequestError when the request fails. */
  send(method: "POST" | "PUT" | "DELETE", path: string, body?: object): Promise<unknown>;
}

/** A client of Hearth's admin API, whose requests are signed for the service `hearth`. */
export function adminClient(env: Readonly<Record<string, string | undefined>>): AdminClient {
  const service = "hearth";
  return {
    get: (path, query) => sendSigned(env, { service, method: "GET", path, query }),
    send: (method, path, body) =>
      sendSigned(env, { service, method, path, ...(body && { body: JSON.stringify(body) }) }),
  };
}
