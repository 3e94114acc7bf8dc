import type { HttpReply } from "../httpEndpoint.ts";
import type { AuthorizerContext } from "./authorizerContext.ts";

/** The decision about a call: what the function is told, nothing for a route that everyone may call, or the answer that refuses it. */
export type Authorization =
  | { readonly kind: "allowed"; readonly context: AuthorizerContext | undefined }
  | {
      readonly kind: "refused";
      readonly reply: HttpReply;
      /** `$context.authorizer.error` of access logs. */
      readonly why: string | undefined;
      /** For Hearth's own log: the authorizer cannot decide, and its owner has to mend that. */
      readonly failure: unknown;
    };

export const EVERYONE: Authorization = { kind: "allowed", context: undefined };

export function refused(reply: HttpReply, why?: string, failure?: unknown): Authorization {
  return { kind: "refused", reply, why, failure };
}
