import { compilePolicy, evaluateResource, type Policy } from "@hearth/access";
import type { RestApiContents } from "@hearth/apis";
import type { Clock } from "@hearth/kit";
import { GatewayFailure } from "./gatewayFailure.ts";
import { methodArn, type RestCall } from "./restCall.ts";

interface ResourcePolicy {
  readonly document: Readonly<Record<string, unknown>>;
  readonly policy: Policy;
}

const known = new WeakMap<RestApiContents, ResourcePolicy | undefined>();

/** The resource policy of the API as it was deployed; the same object for as long as the deployment is served. Throws when it is none. */
export function resourcePolicyOf({ stage: { contents } }: RestCall): ResourcePolicy | undefined {
  if (known.has(contents)) return known.get(contents);
  const { policy: text } = contents.api;
  let policy: ResourcePolicy | undefined;
  if (text !== undefined && text !== "") {
    const document = JSON.parse(text) as Readonly<Record<string, unknown>>;
    policy = { document, policy: compilePolicy(document) };
  }
  known.set(contents, policy);
  return policy;
}

/** What the API's resource policy says about a caller without a signature; `undefined` when the API has none. */
export function anonymousVerdict(call: RestCall, clock: Clock): "allow" | "deny" | "none" | undefined {
  const found = resourcePolicyOf(call);
  if (!found) return undefined;
  const lookup = (key: string): readonly string[] | undefined => valuesOf(key, call, clock);
  const request = { action: "execute-api:Invoke", resources: [methodArn(call)], lookup };
  return evaluateResource([found.policy], { arns: [] }, request).effect;
}

/** Refuses a caller without a signature by GatewayFailure. */
export function refuseAnonymous(call: RestCall, isDenied: boolean): never {
  const because = isDenied ? " with an explicit deny" : "";
  const text = `User: anonymous is not authorized to perform: execute-api:Invoke on resource: ${methodArn(call)}${because}`;
  throw new GatewayFailure("ACCESS_DENIED", { text });
}

function valuesOf(key: string, { request }: RestCall, clock: Clock): readonly string[] | undefined {
  switch (key) {
    case "aws:sourceip":
      return [request.sourceIp];
    case "aws:securetransport":
      return [String(request.isSecure)];
    case "aws:useragent":
      return request.userAgent === undefined ? undefined : [request.userAgent];
    case "aws:referer": {
      const referer = request.header("referer");
      return referer === undefined ? undefined : [referer];
    }
    case "aws:currenttime":
      return [new Date(clock.now()).toISOString()];
    case "aws:epochtime":
      return [String(Math.floor(clock.now() / 1000))];
    default:
      return undefined;
  }
}
