import { keptSettings, otherRuntimeIn } from "@hearth/model";
import type { EventInvokeConfig, EventSourceMapping, FunctionRecord } from "@hearth/store";

/** Something that would not run the same on AWS. */
export interface Finding {
  /** Absent for what concerns every function of this Hearth. */
  readonly function?: string;
  /** What it is about, such as the name of a setting. */
  readonly subject: string;
  /** One sentence. */
  readonly reason: string;
}

/** A function and what belongs to it. */
export interface Inspected {
  readonly record: Pick<FunctionRecord, "settings" | "code" | "StateReason">;
  readonly mappings: readonly Pick<
    EventSourceMapping,
    "UUID" | "EventSourceArn" | "settings" | "LastProcessingResult"
  >[];
  readonly eventInvokeConfigs: readonly Pick<EventInvokeConfig, "qualifier" | "onSuccess" | "onFailure">[];
  readonly reservedConcurrency: number | undefined;
  readonly hasRole: boolean;
}

/** AWS's default for an account is 1,000, of which 100 cannot be reserved. */
const MAX_RESERVED = 900;
const ECR_IMAGE = /^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\//;

/** What would not run the same on AWS, without the function's name. */
export function findingsOf({
  record: { settings, code, StateReason },
  mappings,
  eventInvokeConfigs,
  reservedConcurrency,
  hasRole,
}: Inspected): readonly Omit<Finding, "function">[] {
  const findings: Omit<Finding, "function">[] = [];
  const add = (subject: string, reason: string): void => void findings.push({ subject, reason });

  const runtime = otherRuntimeIn(StateReason);
  if (runtime !== undefined) add("Runtime", runtime);
  for (const name of keptSettings(settings)) add(name, "It is kept and has no effect here; on AWS it has.");
  if (settings.SnapStart.ApplyOn !== "None")
    add("SnapStart", "Its hooks are called and no snapshot is made; on AWS versions start from one.");
  if (!hasRole) add("Role", `${settings.Role} does not exist here; AWS refuses a function without a role.`);
  for (const { Arn, LocalMountPath } of settings.FileSystemConfigs ?? []) {
    add(
      "FileSystemConfigs",
      `${LocalMountPath} is a folder of this host (HEARTH_FILE_SYSTEMS), not a file system of EFS: ${Arn}.`,
    );
  }
  if (code.ImageUri !== undefined && !ECR_IMAGE.test(code.ImageUri)) {
    add("ImageUri", `${code.ImageUri} is not in a registry of ECR; AWS takes images from nowhere else.`);
  }
  if (reservedConcurrency !== undefined && reservedConcurrency > MAX_RESERVED) {
    add(
      "ReservedConcurrentExecutions",
      `${reservedConcurrency} is more than AWS allows by default, which is ${MAX_RESERVED}.`,
    );
  }
  addTarget(add, "DeadLetterConfig", settings.DeadLetterConfig?.TargetArn);
  for (const { qualifier, onSuccess, onFailure } of eventInvokeConfigs) {
    addTarget(add, `OnSuccess of ${qualifier}`, onSuccess);
    addTarget(add, `OnFailure of ${qualifier}`, onFailure);
  }
  for (const { UUID, EventSourceArn, settings: mapping, LastProcessingResult } of mappings) {
    const subject = `event source mapping ${UUID}`;
    if (EventSourceArn !== undefined && isOwnArn(EventSourceArn)) {
      add(subject, `${EventSourceArn} is a kind of source that only Hearth has.`);
    }
    if (LastProcessingResult?.startsWith("PROBLEM: Hearth ")) {
      add(subject, `AWS polls ${EventSourceArn ?? "it"}. ${LastProcessingResult.slice("PROBLEM: ".length)}`);
    }
    addTarget(add, `OnFailure of ${subject}`, mapping.DestinationConfig?.OnFailure?.Destination);
  }
  return findings;
}

function addTarget(add: (subject: string, reason: string) => void, subject: string, arn: string | undefined): void {
  if (arn !== undefined && isOwnArn(arn)) add(subject, `${arn} is a kind of target that only Hearth has.`);
}

function isOwnArn(arn: string): boolean {
  return serviceOf(arn) === "hearth";
}

function serviceOf(arn: string): string | undefined {
  return arn.split(":")[2];
}
