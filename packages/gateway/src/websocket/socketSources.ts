import type { HttpRequest } from "../httpRequest.ts";
import { queryParameters } from "../queryParameters.ts";
import { MessageBody } from "./messageBody.ts";
import type { SocketFacts } from "./openSocket.ts";
import { requestContextOf, type SocketHappening, type StageVariables } from "./socketEvent.ts";
import type { SocketSources } from "./socketExpressions.ts";

const EMPTY = new MessageBody("");

/** What expressions read of an event. `handshake`: the request that opens the connection, for `$connect`. The context is made when it is asked for. */
export function sourcesOf(
  facts: SocketFacts,
  happening: SocketHappening,
  variables: StageVariables,
  { body = EMPTY, handshake }: { readonly body?: MessageBody; readonly handshake?: HttpRequest } = {},
): SocketSources {
  return {
    body,
    ...(handshake && { handshake: { headers: handshake.headers, query: queryParameters(handshake.query) } }),
    get context() {
      const { accountId } = facts.api;
      return { accountId, domainPrefix: facts.domainPrefix, ...requestContextOf(facts, happening) };
    },
    variables,
  };
}
