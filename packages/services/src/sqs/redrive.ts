import { parseQueueArn, type Queue, type Queues } from "@hearth/queues";
import { invalidValue } from "./errors.ts";

const MAX_RECEIVE_COUNT = 1_000;
const MAX_SOURCES = 10;

/** Throws AWS's error when the policy is not well formed, or does not fit to the queue that it names. */
export async function checkRedrivePolicy(
  queues: Pick<Queues, "findByArn">,
  source: Pick<Queue, "arn" | "accountId" | "region" | "isFifo">,
  policy: string,
): Promise<void> {
  const refuse = (reason: string): never => {
    throw invalidValue(policy, "RedrivePolicy", reason);
  };
  const { deadLetterTargetArn, maxReceiveCount } =
    parseMap(policy) ?? refuse("Redrive policy is not a valid JSON map.");
  if (deadLetterTargetArn === undefined)
    refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  if (maxReceiveCount === undefined) refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  const count = String(maxReceiveCount);
  if (!/^\d{1,4}$/.test(count) || Number(count) < 1 || Number(count) > MAX_RECEIVE_COUNT) {
    refuse(`Invalid value for maxReceiveCount: ${count}, valid values are from 1 to 1000 both inclusive.`);
  }
  const key = typeof deadLetterTargetArn === "string" ? parseQueueArn(deadLetterTargetArn) : undefined;
  if (typeof deadLetterTargetArn !== "string" || !key) return refuse("Invalid value for deadLetterTargetArn.");
  if (key.accountId !== source.accountId || key.region !== source.region) {
    refuse("Dead-letter target owner should be same as the source.");
  }
  const target = await queues.findByArn(deadLetterTargetArn);
  if (!target) return refuse("Dead letter target does not exist.");
  if (target.isFifo !== source.isFifo) {
    refuse("Dead-letter queue must be same type of queue as the source.");
  }
  if (!mayRedrive(target, source.arn)) {
    refuse("Dead letter queue does not allow this queue to use it as its dead letter target.");
  }
}

function mayRedrive({ attributes }: Queue, sourceArn: string): boolean {
  const policy = attributes["RedriveAllowPolicy"];
  if (!policy) return true;
  const { redrivePermission, sourceQueueArns } = parseMap(policy) ?? {};
  if (redrivePermission === "denyAll") return false;
  return redrivePermission !== "byQueue" || (Array.isArray(sourceQueueArns) && sourceQueueArns.includes(sourceArn));
}

/** Throws AWS's error when the policy is not well formed. */
export function checkRedriveAllowPolicy(policy: string): void {
  if (policy === "") return;
  const refuse = (reason: string): never => {
    throw invalidValue(policy, "RedriveAllowPolicy", reason);
  };
  const { redrivePermission, sourceQueueArns } =
    parseMap(policy) ?? refuse("Amazon SQS can't create the redrive allow policy, as it’s in an unsupported format.");
  if (!["allowAll", "denyAll", "byQueue"].includes(String(redrivePermission))) {
    refuse("Amazon SQS can't create the redrive allow policy. Use one of: allowAll, denyAll, byQueue.");
  }
  if (redrivePermission !== "byQueue") {
    if (sourceQueueArns !== undefined) {
      refuse("Amazon SQS can't create the redrive allow policy. Source queue ARNs can be specified only for byQueue.");
    }
    return;
  }
  if (!Array.isArray(sourceQueueArns) || sourceQueueArns.length === 0 || sourceQueueArns.length > MAX_SOURCES) {
    refuse("Amazon SQS can't create the redrive allow policy. byQueue needs 1 to 10 source queue ARNs.");
  }
}

/** Escapes for which PostgreSQL has no text. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/i;

function parseMap(json: string): Readonly<Record<string, unknown>> | undefined {
  if (UNSTORABLE.test(json)) return undefined;
  try {
    const value = JSON.parse(json) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
