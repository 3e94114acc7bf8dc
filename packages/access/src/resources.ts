import type { Lookup } from "./policy/pattern.ts";
import type { Question } from "./question.ts";

/** A document of the policy language as it was stored. The authorizer compiles an object once: the same object is the same policy. */
export type PolicyDocumentObject = object;
type Documents = readonly PolicyDocumentObject[];

/** What a service knows about its resources and the evaluation of policies needs. Every resource is named by its ARN. */
export interface Resources {
  /**
   * All resource policies that take part in decisions about this resource; empty for an ARN of another service. `isWarm`: the call is one
   * for which the resource is loaded into memory anyway, see `ServiceAccess.warmKey`.
   */
  policiesAbout(arn: string, isWarm: boolean): Documents | Promise<Documents>;
  /** The account of a resource whose ARN names none, as those of buckets; `undefined` where it does not exist, or is of another service. */
  ownerOf?(arn: string): Promise<string | undefined>;
  /** `undefined` for a resource that has no tags. */
  tagsOf(arn: string): Promise<Readonly<Record<string, string>> | undefined>;
  /** How the keys of `keysOf` begin, in lower case; absent: with the service's prefix. */
  readonly keysBegin?: string;
  /** Values of the service's own condition keys that need a look at the resource. Asked for only where a policy names such a key. */
  keysOf?(question: Question): Promise<Lookup>;
}

/** A service whose resources have neither policies nor tags that decide about calls. */
export const noResources: Resources = {
  policiesAbout: () => [],
  tagsOf: () => Promise.resolve(undefined),
};
