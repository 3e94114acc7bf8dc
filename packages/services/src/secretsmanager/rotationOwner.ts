import type { Delivery } from "@hearth/delivery";
import type { Logger, Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { InvalidScheduleError } from "@hearth/schedules";
import {
  type Database,
  type DueTimer,
  type EventOutcome,
  eventOutcome,
  type RotatingSecret,
  type RotationStep,
  type SecretRecord,
  type SecretRotation,
  SecretStore,
  SecretVersionStore,
  type TimerPlan,
  type Transaction,
} from "@hearth/store";
import type { TimerOwner } from "@hearth/timetable";
import { nextRotation } from "./rotationSchedule.ts";
import { secretArn } from "./secretArn.ts";
import { ROTATION_OWNER } from "./secretTimers.ts";
import { PENDING, stagesAfter } from "./stages.ts";

export interface RotationOwnerDeps {
  readonly database: Database;
  readonly delivery: Pick<Delivery, "check" | "prepare">;
  readonly random: Random;
  readonly logger: Logger;
}

/** How a step is asked for while its function runs. */
const POLL_MS = 1_000;
const PRINCIPAL = "secretsmanager.amazonaws.com";
const AFTER: Readonly<Record<RotationStep, RotationStep | undefined>> = {
  createSecret: "setSecret",
  setSecret: "testSecret",
  testSecret: "finishSecret",
  finishSecret: undefined,
};

interface Planned {
  readonly next: TimerPlan | undefined;
  readonly write?: (tx: Transaction) => Promise<void>;
  readonly committed?: () => void;
}

/**
 * Rotates secrets: calls the secret's function four times, each time as an asynchronous invocation, and waits for how it went. Where a rotation is, is in the
 * secret's row, which is written together with the invocation. So a process that dies is followed by another one, at the same step.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
 */
export function rotationOwner(deps: RotationOwnerDeps): TimerOwner {
  const secrets = new SecretStore(deps.database);
  const versions = new SecretVersionStore(deps.database);
  return {
    name: ROTATION_OWNER,
    async prepare(due) {
      const planned = await Promise.all(due.map((timer) => plan(timer)));
      return {
        next: planned.map(({ next }) => next),
        acted: planned.map(() => true),
        async write(tx) {
          for (const { write } of planned) await write?.(tx);
        },
        committed() {
          for (const { committed } of planned) committed?.();
        },
      };
    },
  };

  async function plan({ accountId, region, name, nowMs }: DueTimer): Promise<Planned> {
    const secret = await secrets.find({ accountId, region, Name: name });
    const rotation = secret?.rotation;
    if (!secret || !rotation || secret.deletedMs !== null) return { next: undefined };
    const { rotating } = secret;
    if (!rotating) return rotation.isEnabled ? begin(secret, rotation, nowMs) : { next: undefined };
    if (rotating.eventId === undefined) return await send(secret, rotation, rotating, nowMs);
    const outcome = await eventOutcome(deps.database, rotating.eventId);
    if (outcome?.state === "waiting") return { next: soon(nowMs) };
    if (outcome?.state === "succeeded") return await goOn(secret, rotation, rotating, nowMs);
    return fail(secret, rotation, rotating, nowMs, reasonOf(outcome));
  }

  /** A version that a failed rotation has left is used again. */
  function begin(secret: SecretRecord, rotation: SecretRotation, nowMs: number): Planned {
    const token = deps.random.uuid();
    return {
      next: soon(nowMs, 0),
      write: async (tx) => {
        const all = await versions.list(secret, tx);
        const left = all.find(({ stages }) => stages.includes(PENDING) && !stages.includes("AWSCURRENT"));
        if (!left) {
          await versions.put(tx, secret, token, undefined);
          for (const [id, stages] of stagesAfter(all, token, [PENDING]))
            await versions.setStages(tx, secret, id, stages);
        }
        const rotating: RotatingSecret = { token: left?.VersionId ?? token, step: "createSecret" };
        await secrets.change(tx, secret, { rotating, rotation: { ...rotation, anchorMs: nowMs } });
      },
    };
  }

  async function send(
    secret: SecretRecord,
    rotation: SecretRotation,
    rotating: RotatingSecret,
    nowMs: number,
  ): Promise<Planned> {
    const message = messageOf(secret, rotation, rotating, deps.random.uuid());
    const checked = await deps.delivery.check(message);
    if ("refused" in checked) return fail(secret, rotation, rotating, nowMs, checked.refused.message);
    if ("notNow" in checked) return { next: soon(nowMs) };
    const delivery = await deps.delivery.prepare([message]);
    return {
      next: soon(nowMs, POLL_MS / 2),
      write: async (tx) => {
        await delivery.write(tx);
        await secrets.change(tx, secret, { rotating: { ...rotating, eventId: message.id } });
      },
      committed: () => delivery.committed(),
    };
  }

  async function goOn(
    secret: SecretRecord,
    rotation: SecretRotation,
    { token, step }: RotatingSecret,
    nowMs: number,
  ): Promise<Planned> {
    const next = AFTER[step];
    if (next) return await send(secret, rotation, { token, step: next }, nowMs);
    const rotated = { ...rotation, lastRotatedMs: nowMs };
    return {
      next: scheduled(rotated, nowMs),
      write: async (tx) => {
        const version = await versions.find(secret, { VersionId: token }, tx);
        const stages = version?.stages.filter((stage) => stage !== PENDING);
        if (stages) await versions.setStages(tx, secret, token, stages);
        await secrets.change(tx, secret, { rotating: null, rotation: rotated });
      },
    };
  }

  /** The next rotation, at its time or when it is asked for, begins anew with the same version. */
  function fail(
    secret: SecretRecord,
    rotation: SecretRotation,
    { step }: RotatingSecret,
    nowMs: number,
    error: string,
  ): Planned {
    return {
      next: scheduled(rotation, nowMs),
      write: async (tx) => await secrets.change(tx, secret, { rotating: null }),
      committed: () => {
        const { accountId, region } = secret;
        const { RotationLambdaARN } = rotation;
        const about = { accountId, region, secretArn: secretArn(secret), RotationLambdaARN, step, error };
        deps.logger.warn(about, "the rotation of a secret has failed");
      },
    };
  }

  function scheduled(rotation: SecretRotation, nowMs: number): TimerPlan | undefined {
    if (!rotation.isEnabled) return undefined;
    try {
      const next = nextRotation(rotation, nowMs);
      return next === undefined ? undefined : { scheduledMs: next, dueMs: next };
    } catch (error) {
      if (error instanceof InvalidScheduleError) return undefined;
      throw error;
    }
  }
}

function soon(nowMs: number, inMs = POLL_MS): TimerPlan {
  return { scheduledMs: nowMs, dueMs: nowMs + inMs };
}

function reasonOf(outcome: EventOutcome | undefined): string {
  return outcome?.error ?? "the invocation of the function is not known any more";
}

function messageOf(
  secret: SecretRecord,
  { RotationLambdaARN }: SecretRotation,
  { token, step }: RotatingSecret,
  id: string,
): OutgoingMessage {
  const { accountId, region } = secret;
  const SecretId = secretArn(secret);
  return {
    id,
    sender: { kind: "service", accountId, region, principal: PRINCIPAL, sourceArn: SecretId },
    purpose: "Notification",
    TargetArn: RotationLambdaARN,
    body: Buffer.from(JSON.stringify({ SecretId, ClientRequestToken: token, Step: step })),
    attributes: {},
    hops: 1,
  };
}
