import { type EventSourceSettings, InvalidParameterValueException } from "@hearth/model";
import type { EventSourceKind } from "./kinds.ts";

type Access = NonNullable<EventSourceSettings["SourceAccessConfigurations"]>;

/** The function's role signs: there is no secret to name. */
const WITHOUT_URI = ["IAM_AUTH", "IAM_OAUTHBEARER_AUTH"];
/** Parts of a request for a token, with the types that make such requests. */
const NEEDS: Readonly<Record<string, readonly string[]>> = {
  OAUTHBEARER_SCOPE: ["OAUTHBEARER_AUTH"],
  OAUTHBEARER_AUDIENCE: ["OAUTHBEARER_AUTH", "IAM_OAUTHBEARER_AUTH"],
  OAUTHBEARER_LOGICAL_CLUSTER: ["OAUTHBEARER_AUTH"],
  OAUTHBEARER_IDENTITY_POOL: ["OAUTHBEARER_AUTH"],
  IAM_OAUTHBEARER_AUTH: ["OAUTHBEARER_AUDIENCE"],
};

/** Refuses ways to log in that this kind of source does not have, or that AWS does not take together. */
export function checkSourceAccess(kind: EventSourceKind, access: Access = []): void {
  for (const { Type, URI } of access) {
    if (Type === undefined) throw invalid("Type is required for each of SourceAccessConfigurations.");
    if (!kind.access.includes(Type))
      throw invalid(`The source access type ${Type} is not supported for ${kind.name} event sources.`);
    if (WITHOUT_URI.includes(Type)) {
      if (URI !== undefined) throw invalid(`The source access type ${Type} does not take a URI.`);
    } else if (URI === undefined) {
      throw invalid("Type and URI are required for each of SourceAccessConfigurations.");
    }
  }
  const count = (type: string): number => access.filter(({ Type }) => Type === type).length;
  if ((kind.name === "MQ" || kind.name === "DocumentDB") && count("BASIC_AUTH") !== 1)
    throw invalid(
      `Exactly one source access configuration of type BASIC_AUTH is required for ${kind.name} event sources.`,
    );
  if (count("VIRTUAL_HOST") > 1)
    throw invalid("At most one source access configuration of type VIRTUAL_HOST is allowed.");
  for (const [type, needed] of Object.entries(NEEDS)) {
    if (count(type) > 0 && !needed.some((one) => count(one) > 0))
      throw invalid(`The source access type ${type} requires ${needed.join(" or ")}.`);
  }
  if (count("IAM_OAUTHBEARER_AUTH") > 0 && count("OAUTHBEARER_AUTH") > 0)
    throw invalid("The source access types IAM_OAUTHBEARER_AUTH and OAUTHBEARER_AUTH cannot be used together.");
}

function invalid(message: string): InvalidParameterValueException {
  return new InvalidParameterValueException(message);
}
