import { timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { SessionTokens } from "@hearth/access";
import { FORWARDED_HEADER, type ForwardedFrom, peerOf, type RequestHead } from "@hearth/wire";

type Prover = Pick<SessionTokens, "prove">;

/** What an invoker tells `control` about the origin of a request. It is valid for this signature only. */
export function sayForwardedFrom(sessions: Prover, request: IncomingMessage, channel: string | undefined): string {
  const from = `${channel ?? ""};${peerOf(request) ?? ""}`;
  return `${from};${proofOf(sessions, from, request)}`;
}

/** Where a request that an invoker of this Hearth has passed on came from; `undefined` for any other. */
export function forwardedFrom(sessions: Prover, request: RequestHead): ForwardedFrom | undefined {
  const said = request.headers[FORWARDED_HEADER];
  if (typeof said !== "string") return undefined;
  const [channel = "", sourceIp = "", proof = ""] = said.split(";");
  const wanted = Buffer.from(proofOf(sessions, `${channel};${sourceIp}`, request));
  const given = Buffer.from(proof);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return undefined;
  return { channel: channel || undefined, sourceIp: sourceIp || undefined };
}

function proofOf(sessions: Prover, from: string, { headers, url = "" }: RequestHead): string {
  // A pre-signed request has its signature in its URL.
  return sessions.prove("forwarded", `${from}\n${headers.authorization ?? url}`);
}
