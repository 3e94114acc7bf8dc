import {
  MAX_POLICY_BYTES,
  PolicyLengthExceededException,
  PreconditionFailedException,
  ResourceConflictException,
  ResourceNotFoundException,
} from "@hearth/model";

// The common parts of the resource policies of functions and layers: a list of statements with unique Sids, a revision, and a maximum size.

/** One statement of a resource policy as created by an AddPermission operation, with the members of the policy language. */
export interface PolicyStatement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Principal: "*" | Readonly<Record<string, string>>;
  readonly Action: string;
  readonly Resource: string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** A policy as stored: the document from PutResourcePolicy, or the one that AddPermission created. */
export interface PolicyDocument {
  readonly Version?: string;
  readonly Id?: string;
  readonly Statement: object | readonly object[];
}

/** The members around the statements in a policy that AddPermission creates. */
export const NEW_POLICY: PolicyDocument = { Version: "2012-10-17", Id: "default", Statement: [] };

/** The document with `statements`, as text. */
export function policyDocument(statements: readonly PolicyStatement[]): string {
  return JSON.stringify({ ...NEW_POLICY, Statement: statements });
}

export function statementsOf({ Statement }: PolicyDocument): readonly object[] {
  return Array.isArray(Statement) ? (Statement as readonly object[]) : [Statement];
}

/** The list with `statement` appended. Throws ResourceConflictException when its Sid is taken. */
export function addStatement<Statement extends object>(
  statements: readonly Statement[],
  statement: Statement & { readonly Sid: string },
): readonly Statement[] {
  if (statements.some((one) => sidOf(one) === statement.Sid)) {
    throw new ResourceConflictException(
      `The statement id (${statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.`,
    );
  }
  return [...statements, statement];
}

/** The list without the statement `Sid`. Throws ResourceNotFoundException when there is none. */
export function removeStatement<Statement extends object>(
  statements: readonly Statement[],
  Sid: string,
): readonly Statement[] {
  const left = statements.filter((statement) => sidOf(statement) !== Sid);
  if (left.length === statements.length) {
    throw new ResourceNotFoundException(`Statement ${Sid} is not found in resource policy.`);
  }
  return left;
}

/** The error of RemovePermission when there is no policy at all. */
export function noPolicy(): ResourceNotFoundException {
  return new ResourceNotFoundException("No policy is associated with the given resource.");
}

/** Throws PreconditionFailedException with `message` when the caller's revision is not the current one. */
export function checkRevision(current: string | undefined, seen: string | undefined, message: string): void {
  if (seen !== undefined && seen !== current) throw new PreconditionFailedException(message);
}

/** Throws PolicyLengthExceededException for a document that is too large. */
export function checkPolicySize(document: string): void {
  const size = Buffer.byteLength(document);
  if (size <= MAX_POLICY_BYTES) return;
  throw new PolicyLengthExceededException(
    `The final policy size (${size}) is bigger than the limit (${MAX_POLICY_BYTES}).`,
  );
}

function sidOf(statement: object): unknown {
  return "Sid" in statement ? statement.Sid : undefined;
}
