import type { Lookup } from "./pattern.ts";
import type { Policy, PolicyRequest, Statement } from "./policy.ts";

/** A policy with the id that answers use for it. */
export interface NamedPolicy {
  readonly id: string;
  readonly policy: Policy;
}

export interface SimulatedRequest {
  readonly action: string;
  readonly resource: string;
  readonly lookup: Lookup;
}

export type Decision = "allowed" | "explicitDeny" | "implicitDeny";

export interface Simulated {
  readonly decision: Decision;
  /** The policies, one for each statement, that decided. */
  readonly matched: readonly string[];
  /** Condition keys that statements use and the request does not have. */
  readonly missing: readonly string[];
  readonly allowedByBoundary: boolean;
}

/** Evaluates the policies of an identity for a request, within a boundary if there is one. */
export function simulate(
  policies: readonly NamedPolicy[],
  boundary: readonly Policy[] | undefined,
  { action, resource, lookup }: SimulatedRequest,
): Simulated {
  const request: PolicyRequest = { action, resources: [resource], lookup };
  const about = policies.flatMap(({ id, policy }) =>
    policy.filter((statement) => statement.isAbout(request)).map((statement) => ({ id, statement })),
  );
  const limits = boundary?.flat().filter((statement) => statement.isAbout(request)) ?? [];
  const limit = boundary ? verdictOf(limits, lookup) : "allowed";
  const own = verdictOf(
    about.map(({ statement }) => statement),
    lookup,
  );
  const effect = own === "explicitDeny" ? "Deny" : "Allow";
  const asked = [...about.map(({ statement }) => statement), ...limits].flatMap(({ keyNames }) => keyNames);
  return {
    decision: own === "explicitDeny" || limit === "explicitDeny" ? "explicitDeny" : limit === "allowed" ? own : limit,
    matched: about
      .filter(({ statement }) => statement.effect === effect && statement.holds(lookup))
      .map(({ id }) => id),
    missing: [...new Set(asked)].filter((name) => lookup(name.toLowerCase()) === undefined),
    allowedByBoundary: limit === "allowed",
  };
}

function verdictOf(about: readonly Statement[], lookup: Lookup): Decision {
  const holding = about.filter((statement) => statement.holds(lookup));
  if (holding.some(({ effect }) => effect === "Deny")) return "explicitDeny";
  return holding.length > 0 ? "allowed" : "implicitDeny";
}
