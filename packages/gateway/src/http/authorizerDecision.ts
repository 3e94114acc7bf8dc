import { parsedJson } from "@hearth/kit";
import { compilePolicy, InvalidPolicy, type Policy, simulate } from "@hearth/access";
import type { AuthorizerContext } from "./authorizerContext.ts";

/** What the function of an authorizer has decided. A policy is evaluated for each call. */
export interface Decision {
  readonly isAuthorized: boolean | Policy;
  readonly context: AuthorizerContext;
}

/** The function's answer is none that an authorizer may give. */
export class NoDecision extends Error {}

/** Whether the decision allows `execute-api:Invoke` of this ARN. */
export function allows({ isAuthorized }: Decision, resource: string): boolean {
  if (typeof isAuthorized === "boolean") return isAuthorized;
  const asked = { action: "execute-api:Invoke", resource, lookup: () => undefined };
  return simulate([{ id: "", policy: isAuthorized }], undefined, asked).decision === "allowed";
}

/** The answer of a function as text. Throws NoDecision when it is a stream. */
export function answerText(payload: unknown): string {
  if (!(payload instanceof Uint8Array)) throw new NoDecision("the answer is a stream");
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
}

/** Reads a function's answer. Throws NoDecision when it is wrong. */
export function decisionOf(text: string, isSimple: boolean): Decision {
  const answer = parsedJson(Buffer.from(text));
  if (answer === undefined) throw new NoDecision("the answer is no JSON");
  if (typeof answer !== "object" || answer === null) throw new NoDecision("the answer is no object");
  const { isAuthorized, principalId, policyDocument, context } = answer as Record<string, unknown>;
  const values = typeof context === "object" && context !== null ? (context as Record<string, unknown>) : {};
  if (isSimple) {
    if (typeof isAuthorized !== "boolean") throw new NoDecision("isAuthorized is no boolean");
    return { isAuthorized, context: { v1: values, v2: { lambda: values }, values } };
  }
  if (typeof principalId !== "string" || policyDocument === undefined)
    throw new NoDecision("principalId or policyDocument is missing");
  try {
    const policy = compilePolicy(policyDocument as Readonly<Record<string, unknown>>);
    const known = { ...values, principalId };
    return { isAuthorized: policy, context: { v1: known, v2: { lambda: values }, values: known } };
  } catch (error) {
    if (error instanceof InvalidPolicy) throw new NoDecision(`the policy is wrong: ${error.message}`);
    throw error;
  }
}
