import { compilePolicy, InvalidPolicy } from "@hearth/access";
import { MalformedPolicyDocumentException } from "./errors.ts";

/** Throws AWS's error for a text that is no policy. */
export function checkPolicy(text: string): void {
  const malformed = () => new MalformedPolicyDocumentException("This resource policy contains a syntax error.");
  let document: unknown;
  try {
    document = JSON.parse(text) as unknown;
    compilePolicy(document as Parameters<typeof compilePolicy>[0]);
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidPolicy) throw malformed();
    throw error;
  }
  if (
    statementsOf(document).some(
      (statement) => statement["Principal"] === undefined && statement["NotPrincipal"] === undefined,
    )
  ) {
    throw malformed();
  }
}

/** Whether the policy allows something to everyone, without any condition. */
export function isPublic(text: string): boolean {
  return statementsOf(JSON.parse(text)).some(({ Effect, Principal, Condition }) => {
    if (Effect !== "Allow" || Condition !== undefined) return false;
    const aws = typeof Principal === "object" && Principal !== null ? (Principal as { AWS?: unknown }).AWS : Principal;
    return [aws].flat().includes("*");
  });
}

function statementsOf(document: unknown): readonly Readonly<Record<string, unknown>>[] {
  const { Statement } = document as { readonly Statement?: unknown };
  return [Statement].flat() as readonly Readonly<Record<string, unknown>>[];
}
