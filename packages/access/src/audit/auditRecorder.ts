import { type Clock, type Logger, type Random, storableText } from "@hearth/kit";
import { AccessDeniedException, ANONYMOUS, type AwsError, type Caller, type Principal } from "@hearth/model";
import type { AuditCaller, AuditEvent, AuditTrail } from "@hearth/store";
import { type BoundOperation, type CallOutcome, type CallRecorder, Reply } from "@hearth/wire";
import type { Authorizer } from "../authorizer.ts";
import { isReadOnly, issuesCredentials } from "./isReadOnly.ts";
import { recordedInput } from "./recordedInput.ts";

export interface AuditRecorderDeps {
  readonly trail: Pick<AuditTrail, "record" | "recordBehind" | "recordRefusal">;
  readonly authorizer: Pick<Authorizer, "resourcesOf">;
  /** Also records data events, such as Invoke. Denied ones are recorded in any case. */
  readonly recordsDataEvents: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** The disk is almost full: inputs are recorded in short only. */
  readonly isDiskShort: () => boolean;
}

const MAX_INPUT = 16_384;
/** Bytes of long inputs that an account may have recorded at once, and per second after that; then its inputs are recorded in short. */
const INPUT_BURST_BYTES = 8_388_608;
const INPUT_BYTES_PER_MS = 16;
/** Of a call that changed nothing, and of an account that has recorded too much. */
const MAX_SHORT_INPUT = 1_024;
const MAX_ACCOUNTS = 10_000;
const MAX_MESSAGE = 1_024;
const MAX_HEADER = 512;
const MAX_RESOURCES = 16;

/**
 * Decides which calls are in the audit trail, and writes them: each call that may have changed something, and each denied one. A call that succeeded,
 * or failed in Hearth itself, is stored before it is answered. A refused call changed nothing and is written after
 * its answer, and so are data events.
 */
export class AuditRecorder implements CallRecorder {
  readonly #deps: AuditRecorderDeps;
  /** By account: when its whole budget of input bytes is available again, in monotonic milliseconds. */
  readonly #inputUntilMs = new Map<string, number>();

  constructor(deps: AuditRecorderDeps) {
    this.#deps = deps;
  }

  wants({ name, isDataEvent }: BoundOperation, error?: AwsError): boolean {
    if (error instanceof AccessDeniedException) return true;
    if (isDataEvent) return this.#deps.recordsDataEvents;
    return !isReadOnly(name) || issuesCredentials(name);
  }

  async record(outcome: CallOutcome): Promise<void> {
    const { trail, clock, random, logger } = this.#deps;
    const { call, error, requestId } = outcome;
    const changedNothing = error !== undefined && error.httpStatus < 500;
    try {
      const eventId = random.uuid();
      const time = clock.now();
      const resources = await this.#resourcesOf(outcome);
      const facts = factsOf(outcome, this.#inputOf(outcome));
      const event = (accountId: string): AuditEvent => ({ eventId, time, accountId, resources, ...facts });
      const accounts = new Set([call.caller.accountId, outcome.accountId]);
      accounts.delete(ANONYMOUS.accountId);
      const events = [...accounts].map(event);
      if (changedNothing) events.forEach((one) => trail.recordRefusal(one));
      else if (outcome.operation.isDataEvent) events.forEach((one) => trail.recordBehind(one));
      else await Promise.all(events.map((one) => trail.record(one)));
    } catch (problem) {
      logger.error(
        { err: problem, requestId, operation: call.operation },
        "a call could not be put into the audit trail",
      );
    }
  }

  /** The recorded part of a call's input. It is limited, so that an account that makes changes all the time cannot fill the disk. */
  #inputOf({ call, error }: CallOutcome): string {
    const { accountId } = call.caller;
    const now = this.#deps.clock.monotonicMs();
    const until = Math.max(now, this.#inputUntilMs.get(accountId) ?? now);
    const isUsedUp = (until - now) * INPUT_BYTES_PER_MS > INPUT_BURST_BYTES;
    const isShort = error !== undefined || isUsedUp || this.#deps.isDiskShort();
    const input = recordedInput(call.input, isShort ? MAX_SHORT_INPUT : MAX_INPUT);
    if (this.#inputUntilMs.size >= MAX_ACCOUNTS) this.#inputUntilMs.clear();
    this.#inputUntilMs.set(accountId, until + input.length / INPUT_BYTES_PER_MS);
    return input;
  }

  async #resourcesOf({ call, output }: CallOutcome): Promise<readonly string[]> {
    const found = [...(await this.#deps.authorizer.resourcesOf(call)), ...arnsIn(call.input), ...arnsIn(output)];
    return [...new Set(found.map((arn) => storableText(arn, 2_048)))].slice(0, MAX_RESOURCES);
  }
}

function factsOf({ call, operation, requestId, output, error }: CallOutcome, input: string) {
  const { caller, origin, region, service } = call;
  return {
    region,
    requestId,
    caller: whoIs(caller),
    sourceIp: textOrNull(origin.sourceIp, MAX_HEADER),
    userAgent: textOrNull(origin.userAgent, MAX_HEADER),
    service,
    operation: operation.name,
    isReadOnly: isReadOnly(operation.name),
    isDataEvent: operation.isDataEvent ?? false,
    input,
    status: error?.httpStatus ?? (output instanceof Reply ? output.status : (operation.http?.[2] ?? 200)),
    errorCode: error?.code ?? null,
    errorMessage: textOrNull(error?.message, MAX_MESSAGE),
  };
}

function whoIs({ accountId, arn, userId, accessKeyId, principal }: Caller): AuditCaller {
  return { kind: principal.kind, accountId, arn, id: userId, userName: userNameOf(principal), accessKeyId };
}

function userNameOf(principal: Principal): string {
  if (principal.kind === "user") return principal.UserName;
  return principal.kind === "role" ? principal.sessionName : principal.kind;
}

function textOrNull(text: string | undefined, limit: number): string | null {
  return text === undefined ? null : storableText(text, limit);
}

/** ARNs and access key ids in the members of a structure, two levels deep: those of the created resource and of the one that it was attached to. */
function arnsIn(structure: unknown, depth = 0): string[] {
  if (typeof structure !== "object" || structure === null || structure instanceof Reply || depth > 1) return [];
  return Object.entries(structure).flatMap(([name, value]): string[] => {
    if (typeof value !== "string") return arnsIn(value, depth + 1);
    return (/Arn$/i.test(name) && value.startsWith("arn:")) || /^accessKeyId$/i.test(name) ? [value] : [];
  });
}
