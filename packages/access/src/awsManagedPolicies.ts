import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { type Partition, PARTITIONS } from "@hearth/model";

/** A policy that AWS manages and whose document Hearth has. */
export interface AwsManagedPolicy {
  readonly Arn: string;
  readonly PolicyName: string;
  readonly PolicyId: string;
  readonly Path: string;
  readonly Document: string;
}

/** The names of actions by service, separated by spaces: `{"sqs": "DeleteMessage ReceiveMessage"}`. `{"*": "*"}` is every action of every service. */
type Actions = Readonly<Record<string, string>>;

/** A statement as awsManagedPolicies.json has it. Without `Resource` it is about all resources. ARNs are those of the partition `aws`. */
interface KnownStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action?: Actions;
  readonly NotAction?: Actions;
  readonly Resource?: readonly string[];
  readonly NotResource?: readonly string[];
  readonly Condition?: unknown;
}

/**
 * The statements of each policy, by path and name. The policies for job functions (ReadOnlyAccess, SecurityAudit, ViewOnlyAccess …) have only the
 * actions of services that functions are commonly used with. https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
 */
const KNOWN = JSON.parse(readFileSync(new URL("awsManagedPolicies.json", import.meta.url), "utf8")) as Readonly<
  Record<string, readonly KnownStatement[]>
>;

/** A policy whose document is made when it is first read: most never are. */
class KnownPolicy implements AwsManagedPolicy {
  readonly Arn: string;
  readonly PolicyName: string;
  readonly PolicyId: string;
  readonly Path: string;
  readonly #partition: string;
  readonly #statements: readonly KnownStatement[];
  #document: string | undefined;

  constructor(partition: string, pathAndName: string, statements: readonly KnownStatement[]) {
    const slash = pathAndName.lastIndexOf("/") + 1;
    const id = createHash("sha256").update(pathAndName).digest("hex").toUpperCase().slice(0, 17);
    this.Arn = `arn:${partition}:iam::aws:policy${pathAndName}`;
    this.PolicyName = pathAndName.slice(slash);
    this.PolicyId = `ANPA${id}`;
    this.Path = pathAndName.slice(0, slash);
    this.#partition = partition;
    this.#statements = statements;
  }

  get Document(): string {
    this.#document ??= documentOf(this.#statements).replaceAll('"arn:aws:', `"arn:${this.#partition}:`);
    return this.#document;
  }
}

function documentOf(statements: readonly KnownStatement[]): string {
  const Statement = statements.map(({ Effect, Action, NotAction, Resource, NotResource, Condition }) => ({
    Effect,
    ...(Action && { Action: namesOf(Action) }),
    ...(NotAction && { NotAction: namesOf(NotAction) }),
    ...(NotResource ? { NotResource } : { Resource: Resource ?? "*" }),
    ...(Condition !== undefined && { Condition }),
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

function namesOf(actions: Actions): readonly string[] {
  return Object.entries(actions).flatMap(([service, names]) =>
    service === "*" ? ["*"] : names.split(" ").map((name) => `${service}:${name}`),
  );
}

function policiesOf(partition: string): readonly AwsManagedPolicy[] {
  return Object.entries(KNOWN)
    .map(([pathAndName, statements]) => new KnownPolicy(partition, pathAndName, statements))
    .toSorted((a, b) => (a.PolicyName < b.PolicyName ? -1 : 1));
}

const BY_PARTITION = new Map(PARTITIONS.map((partition) => [partition, policiesOf(partition)] as const));
const BY_ARN: ReadonlyMap<string, AwsManagedPolicy> = new Map(
  [...BY_PARTITION.values()].flatMap((policies) => policies.map((policy) => [policy.Arn, policy])),
);

/** Those of a partition, by name. */
export function awsManagedPolicies(partition: Partition): readonly AwsManagedPolicy[] {
  return BY_PARTITION.get(partition) ?? [];
}

/** The policy with this ARN, of any partition; `undefined` when Hearth does not know it. */
export function awsManagedPolicy(Arn: string): AwsManagedPolicy | undefined {
  return BY_ARN.get(Arn);
}
