import { createHash } from "node:crypto";
import {
  type Identities,
  parseRoleArn,
  serviceMayAssume,
  type SessionCredentials,
  type SessionTokens,
} from "@hearth/access";
import type { Clock } from "@hearth/kit";
import { type AccountRegion, globalArn } from "@hearth/model";
import { signRequest } from "@hearth/wire";
import { RoleNotAssumable } from "../http/functionCaller.ts";
import { isHeader } from "../rest/isHeader.ts";

const PRINCIPAL = "apigateway.amazonaws.com";
/** As in the ARNs that AWS's services name in their refusals. */
const SESSION_NAME = "BackplaneAssumeRoleSession";
/** Sessions are valid in requests that come in by `ServiceDoor` alone, so that a token that gets out is of no use. */
export const SERVICE_CHANNEL = PRINCIPAL;
const SESSION_MS = 15 * 60_000;
/** A session is used again until this is left of it: longer than a request takes. */
const MIN_LEFT_MS = 5 * 60_000;
/** Roles whose sessions are kept. */
const MAX_SESSIONS = 1_000;
/** What the request itself decides. */
const OWN_HEADERS =
  /^(?:authorization|connection|content-length|expect|host|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|user-agent|x-amz-content-sha256|x-amz-date|x-amz-security-token|x-hearth-.*)$/;

/** A request for a service of this Hearth. */
export interface ServiceRequest {
  readonly method: string;
  /** Percent-encoded, with the query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array;
}

/** Hands a signed request to the process that serves it, as if a client had sent it. Rejects when `signal` aborts. */
export type ServiceDoor = (request: ServiceRequest, signal: AbortSignal) => Promise<ServiceAnswer>;

/** A request of an API, in the name of a role of the API's account. */
export interface ServiceCall extends AccountRegion, Pick<ServiceRequest, "method" | "headers" | "body"> {
  readonly RoleArn: string | undefined;
  /** Of the route or method that calls: trust policies may name it. */
  readonly sourceArn: string;
  /** Signing name. */
  readonly service: string;
  /** Of the service: an integration may name another region than that of its API. */
  readonly serviceRegion: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  /** Percent-encoded, without the `?`. */
  readonly search: string;
}

export interface ServiceCallerDeps {
  readonly identities: Pick<Identities, "find">;
  readonly sessions: Pick<SessionTokens, "issue">;
  readonly door: ServiceDoor;
  /** Host and port by which clients reach the services. */
  readonly host: string;
  readonly clock: Clock;
}

/**
 * Calls services in the name of roles that API Gateway was given: each request is signed with a session of the role and goes the way of every other one, so
 * that permissions, quotas, errors and the audit are the same.
 */
export class ServiceCaller {
  readonly #deps: ServiceCallerDeps;
  /** By account, role and the role's id: a role that was made anew gets a new session. */
  readonly #sessions = new Map<string, SessionCredentials>();

  constructor(deps: ServiceCallerDeps) {
    this.#deps = deps;
  }

  /** Rejects with RoleNotAssumable when API Gateway may not assume the role. What the service refuses is an answer. */
  async call(call: ServiceCall, signal: AbortSignal): Promise<ServiceAnswer> {
    const key = await this.#sessionOf(call);
    const { door, host, clock } = this.#deps;
    const { method, path, search, body, service, serviceRegion: region } = call;
    const headers: Record<string, string> = { host, "user-agent": PRINCIPAL };
    for (const [name, value] of Object.entries(call.headers)) {
      const known = name.toLowerCase();
      if (!OWN_HEADERS.test(known) && isHeader(known, value)) headers[known] = value;
    }
    const payloadHash = createHash("sha256").update(body).digest("hex");
    const signed = signRequest(
      { method, path, search, headers },
      { key, region, service, payloadHash, now: clock.now() },
    );
    const target = search === "" ? path : `${path}?${search}`;
    return await door({ method, path: target, headers: { ...headers, ...signed }, body }, signal);
  }

  async #sessionOf({ accountId, region, RoleArn, sourceArn }: ServiceCall): Promise<SessionCredentials> {
    const { identities, sessions, clock } = this.#deps;
    if (RoleArn === undefined) {
      throw new RoleNotAssumable("the integration names no role that API Gateway may use: set its credentials");
    }
    if (!(await serviceMayAssume(identities, { principal: PRINCIPAL, accountId, RoleArn, sourceArn }))) {
      throw new RoleNotAssumable(
        `${PRINCIPAL} may not assume the role ${RoleArn.slice(0, 200)}: there is no such role in the account, or its trust policy does not allow it`,
      );
    }
    const { RoleName = "" } = parseRoleArn(RoleArn) ?? {};
    const RoleId = (await identities.find("role", accountId, RoleName))?.id ?? "";
    const name = `${accountId}/${RoleName}/${RoleId}`;
    const now = clock.now();
    const known = this.#sessions.get(name);
    if (known && known.expiresAt - now > MIN_LEFT_MS) return known;
    const resource = `assumed-role/${RoleName}/${SESSION_NAME}`;
    const issued = sessions.issue({
      caller: {
        accountId,
        arn: globalArn({ service: "sts", region, accountId, resource }),
        userId: `${RoleId}:${SESSION_NAME}`,
        principal: { kind: "role", RoleName, RoleId, sessionName: SESSION_NAME },
      },
      issuedAt: now,
      expiresAt: now + SESSION_MS,
      channel: SERVICE_CHANNEL,
    });
    if (this.#sessions.size >= MAX_SESSIONS) this.#sessions.clear();
    this.#sessions.set(name, issued);
    return issued;
  }
}
