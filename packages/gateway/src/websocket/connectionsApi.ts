import type { Authorizer } from "@hearth/access";
import { AwsError } from "@hearth/model";
import type { ApiRecord } from "@hearth/store";
import { BodyTooLarge } from "../gateway.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import type { HttpRequest } from "../httpRequest.ts";
import type { SignedCallers } from "../url/signedCallers.ts";
import type { CommandReply, ConnectionCommand } from "./connectionCommand.ts";
import { NoAnswer } from "./socketPeers.ts";

const MAX_BODY_BYTES = 128 * 1024;
const PATH = /^\/@connections\/([^/]{1,200})$/;

export interface ConnectionsApiDeps {
  readonly callers: SignedCallers;
  readonly authorizer: Pick<Authorizer, "decide">;
  /** Has the process that has the connection do the command. Rejects with `NoAnswer`. */
  readonly command: (command: ConnectionCommand) => Promise<CommandReply>;
}

/**
 * `POST`, `GET` and `DELETE` of `/@connections/<id>` of a stage: messages to clients, for callers with an access key whose policies allow
 * `execute-api:ManageConnections`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
 */
export class ConnectionsApi {
  readonly #deps: ConnectionsApiDeps;

  constructor(deps: ConnectionsApiDeps) {
    this.#deps = deps;
  }

  /** The connection that a path within a stage names; `undefined` when it is another path. */
  connectionOf(path: string): string | undefined {
    const [, escaped] = PATH.exec(path) ?? [];
    try {
      return escaped && decodeURIComponent(escaped);
    } catch {
      return escaped;
    }
  }

  async serve(request: HttpRequest, api: ApiRecord, stage: string, connectionId: string): Promise<HttpReply> {
    const { method } = request;
    if (method !== "POST" && method !== "GET" && method !== "DELETE")
      return error(403, "ForbiddenException", "Forbidden");
    try {
      const body = method === "POST" ? await request.readBody(MAX_BODY_BYTES) : new Uint8Array();
      await this.#authorize(request, api, `${api.apiId}/${stage}/${method}/@connections/${connectionId}`, body);
      const target = { apiId: api.apiId, stage, connectionId };
      const command: ConnectionCommand =
        method === "POST"
          ? { ...target, kind: "send", body }
          : { ...target, kind: method === "GET" ? "describe" : "close" };
      return replyOf(await this.#deps.command(command), method);
    } catch (problem) {
      if (problem instanceof BodyTooLarge) {
        return error(413, "PayloadTooLargeException", "The message is longer than 128 KB");
      }
      if (problem instanceof NoAnswer) return error(500, "InternalServerErrorException", "Internal server error");
      if (problem instanceof AwsError && problem.httpStatus < 500 && !request.signal.aborted) {
        return error(problem.httpStatus === 429 ? 429 : 403, problem.code, problem.message);
      }
      throw problem;
    }
  }

  async #authorize(request: HttpRequest, api: ApiRecord, path: string, body: Uint8Array): Promise<void> {
    const signed = await this.#deps.callers.of(request);
    if (signed.isBodyPending) signed.verifyBody(body);
    const { caller } = signed;
    const origin = { sourceIp: request.sourceIp, secureTransport: request.isSecure, userAgent: request.userAgent };
    const { accountId, region } = api;
    await this.#deps.authorizer.decide(
      { service: "execute-api", operation: "ManageConnections", input: {}, region, caller, origin },
      {
        action: "execute-api:ManageConnections",
        resources: [`arn:aws:execute-api:${region}:${accountId}:${path}`],
        accountId,
      },
    );
  }
}

function replyOf(reply: CommandReply, method: "POST" | "GET" | "DELETE"): HttpReply {
  switch (reply.kind) {
    case "done":
      return { status: method === "DELETE" ? 204 : 200, headers: {}, body: null };
    case "gone":
      return error(410, "GoneException", "Gone");
    case "tooFast":
      return error(429, "LimitExceededException", "The client does not read its messages");
    case "described": {
      const { connectedAt, lastActiveAt, sourceIp, userAgent } = reply.connection;
      return json(200, {
        connectedAt: new Date(connectedAt).toISOString(),
        identity: { sourceIp, ...(userAgent !== undefined && { userAgent }) },
        lastActiveAt: new Date(lastActiveAt).toISOString(),
      });
    }
  }
}

function json(status: number, document: object, headers: Readonly<Record<string, string>> = {}): HttpReply {
  return {
    status,
    headers: { "content-type": "application/json", ...headers },
    body: Buffer.from(JSON.stringify(document)),
  };
}

function error(status: number, type: string, message: string): HttpReply {
  return json(status, { message }, { "x-amzn-errortype": type });
}
