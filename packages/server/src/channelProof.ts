import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { SessionTokens } from "@hearth/access";
import { CHANNEL_HEADER } from "@hearth/wire";

type Prover = Pick<SessionTokens, "prove">;

/** What an invoker says to `control` of the sandbox that a request came from. It holds for this very signature alone. */
export function proveChannel(sessions: Prover, channel: string, request: IncomingMessage): string {
  return `${channel}.${sessions.prove("channel", `${channel}\n${signatureOf(request)}`)}`;
}

/** The sandbox that a request came from; `undefined` for one that no invoker of this Hearth vouches for. */
export function provenChannel(sessions: Prover, request: IncomingMessage): string | undefined {
  const said = request.headers[CHANNEL_HEADER];
  if (typeof said !== "string") return undefined;
  const channel = said.slice(0, said.indexOf("."));
  const wanted = Buffer.from(proveChannel(sessions, channel, request));
  const given = Buffer.from(said);
  return given.length === wanted.length && timingSafeEqual(given, wanted) ? channel : undefined;
}

/** A pre-signed request has it in its URL. */
function signatureOf({ headers, url = "" }: IncomingMessage): string {
  return headers.authorization ?? url;
}
