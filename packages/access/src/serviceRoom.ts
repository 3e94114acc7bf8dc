import type { Clock, Logger, Random } from "@hearth/kit";
import type { ServiceUsagePort } from "@hearth/model";
import type { Database } from "@hearth/store";
import type { BoundOperation, FindAccessKey, RequestHandler, Service } from "@hearth/wire";
import type { Identities } from "./identities.ts";
import type { Input, Questions } from "./question.ts";
import type { Resources } from "./resources.ts";
import type { SessionTokens } from "./sessionTokens.ts";

/** The kinds of process that serve requests. In the one process of `npm start` all of them are together. */
export type ServiceRole = "control" | "events" | "invoker";

/** What a process offers to every service that it serves. A service that needs more names it: `ServiceRoom<House & More>`. */
export interface House {
  readonly database: Database;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The installation's first region. */
  readonly region: string;
  /** Takes usage that has a price. */
  readonly usage: ServiceUsagePort;
  /** Tells whether writes that grow must be refused because the disk is almost full. */
  readonly disk: { readonly isShort: boolean };
  readonly identities: Pick<Identities, "find">;
  readonly sessions: Pick<SessionTokens, "issue" | "prove">;
  readonly findAccessKey: FindAccessKey;
}

/** What the authorizer needs to know about a service to decide about its calls. */
export interface ServiceAccess<Needs = House> {
  /** As in the credential scope of signatures, and in front of its actions in policies. */
  readonly signingName: string;
  readonly questions: Questions;
  /**
   * For calls that must be decided without a look-up: a text that names the action and the resource, always the same for the same two in one
   * region. A decision that used only the caller's policies is remembered under it. `undefined` for every other call.
   */
  readonly warmKey?: (operation: string, input: Input) => string | undefined;
  /** Where the policies and tags of its resources are found; absent when it has neither. */
  readonly resources?: (house: Needs) => Resources;
}

/** Requests of a service that need no signature: links in messages, which do what they say for whoever has them. */
export interface UnsignedLinks<Needs = House> {
  /** Asked about GET requests without a signature. `url` is the path with the query. */
  readonly matches: (url: string) => boolean;
  /** Takes requests of every method, also those with an Authorization header, which is the sender's own. */
  readonly isReceiver?: true;
  readonly open: (house: Needs) => RequestHandler;
}

/**
 * A service as one object: all that the rest of Hearth knows about it. A service lives in a folder of its own, with the same files in each (docs:
 * CONTRIBUTING); the process's list of services names it once.
 */
export interface ServiceRoom<Needs = House> extends ServiceAccess<Needs>, Omit<Service, "operations"> {
  /** The role whose process serves its requests. */
  readonly role: ServiceRole;
  /**
   * The variable from which AWS SDKs take the endpoint of this service, or several where SDKs have more than one client of it; they are set in sandboxes.
   * Absent when no SDK calls it.
   * https://docs.aws.amazon.com/sdkref/latest/guide/ss-endpoints-table.html
   */
  readonly endpointVariable?: string | readonly string[];
  readonly links?: UnsignedLinks<Needs>;
  /** For a service whose resources may be open to everyone, and to pages of other sites, and have host names below those of Hearth. */
  readonly openTo?: (house: Needs) => Pick<Service, "takesUnsigned" | "headersFor" | "preflight" | "signedHosts">;
  /** Its operations, with what they need from `house` filled in. Opens no connection and starts nothing. */
  readonly open: (house: Needs) => readonly BoundOperation[];
}

/** The service as requests are routed to it. */
export function openService<Needs>(room: ServiceRoom<Needs>, house: Needs): Service {
  return { ...room, ...room.openTo?.(house), operations: room.open(house) };
}
