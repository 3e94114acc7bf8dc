import { ATTEMPT_NUMBER, type Delivery, NUMBERS_ATTEMPTS } from "@hearth/delivery";
import type { Logger, Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { InvalidScheduleError } from "@hearth/schedules";
import type { Database, DueTimer, ScheduleRecord, TimerPlan } from "@hearth/store";
import { ScheduleStore } from "@hearth/store";
import { decide, type MissedPolicy, type TimerOwner } from "@hearth/timetable";
import { ValidationException } from "./errors.ts";
import { defaultInput, withContext } from "./occurrenceInput.ts";
import { PRINCIPAL } from "./questions.ts";
import { recurrenceOf, windowMsOf } from "./recurrenceOf.ts";
import { scheduleArn } from "./scheduleArn.ts";
import { OWNER, planOf } from "./schedulePlan.ts";
import { targetMessage } from "./targetMessage.ts";

export interface ScheduleOwnerDeps {
  readonly database: Database;
  readonly delivery: Pick<Delivery, "prepare">;
  readonly missed: MissedPolicy;
  readonly random: Random;
  readonly logger: Logger;
}

interface Planned {
  readonly schedule?: ScheduleRecord;
  readonly message?: OutgoingMessage;
  readonly next?: TimerPlan | undefined;
}

/** Sends what schedules send when they are due. */
export function scheduleOwner(deps: ScheduleOwnerDeps): TimerOwner {
  const schedules = new ScheduleStore(deps.database);
  return {
    name: OWNER,
    async prepare(due) {
      const keys = due.map(keyOf);
      const found = new Map((await schedules.findAll(keys)).map((record) => [scheduleArn(record), record]));
      const planned = due.map((timer, at) => {
        const schedule = found.get(scheduleArn(keys[at] ?? keyOf(timer)));
        return schedule?.State === "ENABLED" ? plan(deps, timer, schedule) : {};
      });
      const delivery = await deps.delivery.prepare(planned.flatMap(({ message }) => message ?? []));
      return {
        next: planned.map(({ next }) => next),
        acted: planned.map(({ message }) => message !== undefined),
        async write(tx) {
          await delivery.write(tx);
          for (const { schedule, next } of planned) {
            const isComplete = schedule && !next && schedule.settings.ActionAfterCompletion === "DELETE";
            if (isComplete) await schedules.delete(tx, schedule);
          }
        },
        committed: () => delivery.committed(),
      };
    },
  };
}

function keyOf({ accountId, region, name }: DueTimer) {
  const [GroupName = "", Name = ""] = name.split("/");
  return { accountId, region, GroupName, Name };
}

function plan({ missed, random, logger }: ScheduleOwnerDeps, timer: DueTimer, schedule: ScheduleRecord): Planned {
  const { settings, anchorMs } = schedule;
  const windowMs = windowMsOf(settings);
  try {
    const { acts, nextMs } = decide(timer, recurrenceOf(settings, anchorMs), missed, windowMs);
    const message = acts ? messageOf(schedule, timer.scheduledMs, random.uuid()) : undefined;
    const next = nextMs === undefined ? undefined : planOf(nextMs, windowMs, random);
    return { schedule, next, ...(message && { message }) };
  } catch (error) {
    // Both are checked when a schedule is stored. One that an older Hearth took, or another data set of time zones, must not hold up the others.
    if (!(error instanceof InvalidScheduleError || error instanceof ValidationException)) throw error;
    logger.error(
      { scheduleArn: scheduleArn(schedule), reason: error.message },
      "a schedule cannot be carried out any more",
    );
    return { schedule: { ...schedule, settings: { ...settings, ActionAfterCompletion: "NONE" } } };
  }
}

function messageOf(schedule: ScheduleRecord, scheduledMs: number, executionId: string): OutgoingMessage {
  const { accountId, region, settings } = schedule;
  const { Target } = settings;
  const occurrence = { executionId, scheduledMs };
  const Input = Target.Input === undefined ? undefined : withContext(Target.Input, schedule, occurrence);
  const target = Input === undefined ? Target : { ...Target, Input };
  const { MaximumEventAgeInSeconds, MaximumRetryAttempts } = Target.RetryPolicy;
  const deadLetterArn = Target.DeadLetterConfig?.Arn;
  const sent = targetMessage(target, defaultInput(schedule, occurrence), schedule);
  const parameters = { ...sent.parameters, ...(Input?.includes(ATTEMPT_NUMBER) && NUMBERS_ATTEMPTS) };
  return {
    id: executionId,
    sender: {
      kind: "service",
      accountId,
      region,
      principal: PRINCIPAL,
      sourceArn: scheduleArn(schedule),
      RoleArn: Target.RoleArn,
    },
    purpose: "Schedule",
    ...sent,
    ...(Object.keys(parameters).length > 0 && { parameters }),
    hops: 1,
    retry: { maxAttempts: MaximumRetryAttempts + 1, maxAgeMs: MaximumEventAgeInSeconds * 1000 },
    ...(deadLetterArn !== undefined && { deadLetterArn }),
  };
}
