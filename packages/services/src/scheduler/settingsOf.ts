import { serviceMayAssume } from "@hearth/access";
import type { AccountRegion } from "@hearth/model";
import { InvalidScheduleError, isTimeZone } from "@hearth/schedules";
import type { ScheduleKey, ScheduleSettings, ScheduleTarget, ScheduleValues } from "@hearth/store";
import type { Recurrence } from "@hearth/timetable";
import type { SchedulerDeps } from "./deps.ts";
import { ValidationException } from "./errors.ts";
import { PRINCIPAL } from "./questions.ts";
import { recurrenceOf } from "./recurrenceOf.ts";
import { scheduleArn } from "./scheduleArn.ts";
import { targetMessage } from "./targetMessage.ts";
import type { ScheduleInput } from "./words.ts";

/** https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html */
const RETRY_DEFAULTS = { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 };
/** AWS's: a start may lie so far in the past. */
const START_TOLERANCE_MS = 300_000;

/** What CreateSchedule or UpdateSchedule stores. Throws ValidationException for what cannot be carried out. */
export function valuesOf(input: ScheduleInput, where: AccountRegion, nowMs: number): ScheduleValues {
  const { Description, KmsKeyArn, StartDate, EndDate, ScheduleExpression, FlexibleTimeWindow } = input;
  const { ScheduleExpressionTimezone = "UTC", State = "ENABLED", ActionAfterCompletion = "NONE" } = input;
  if (!isTimeZone(ScheduleExpressionTimezone)) {
    throw new ValidationException(`Invalid Schedule Expression Timezone ${ScheduleExpressionTimezone}.`);
  }
  const settings: ScheduleSettings = {
    ...(Description !== undefined && { Description }),
    ScheduleExpression,
    ScheduleExpressionTimezone,
    ...(StartDate && { StartDate: StartDate.getTime() }),
    ...(EndDate && { EndDate: EndDate.getTime() }),
    FlexibleTimeWindow: windowOf(FlexibleTimeWindow),
    Target: targetOf(input.Target, where),
    ActionAfterCompletion,
    ...(KmsKeyArn !== undefined && { KmsKeyArn }),
  };
  checkDates(settings, nowMs);
  const anchorMs = settings.StartDate ?? nowMs;
  checkedRecurrence(settings, anchorMs);
  return { State, settings, anchorMs };
}

function checkedRecurrence(settings: ScheduleSettings, anchorMs: number): Recurrence {
  try {
    return recurrenceOf(settings, anchorMs);
  } catch (error) {
    if (!(error instanceof InvalidScheduleError)) throw error;
    throw new ValidationException(`Invalid Schedule Expression ${settings.ScheduleExpression}.`);
  }
}

function checkDates({ StartDate, EndDate }: ScheduleSettings, nowMs: number): void {
  if (StartDate !== undefined && StartDate < nowMs - START_TOLERANCE_MS) {
    throw new ValidationException("The StartDate you specify cannot be earlier than 5 minutes ago.");
  }
  if (EndDate !== undefined && EndDate < nowMs) {
    throw new ValidationException("The EndDate you specify cannot be in the past.");
  }
  if (StartDate !== undefined && EndDate !== undefined && EndDate < StartDate) {
    throw new ValidationException("The EndDate you specify cannot be before the StartDate.");
  }
}

function windowOf({
  Mode,
  MaximumWindowInMinutes,
}: ScheduleInput["FlexibleTimeWindow"]): ScheduleSettings["FlexibleTimeWindow"] {
  if (Mode === "FLEXIBLE" && MaximumWindowInMinutes === undefined) {
    throw new ValidationException("MaximumWindowInMinutes must be provided when Mode is FLEXIBLE.");
  }
  if (Mode === "OFF" && MaximumWindowInMinutes !== undefined) {
    throw new ValidationException("MaximumWindowInMinutes must not be provided when Mode is OFF.");
  }
  return { Mode, ...(MaximumWindowInMinutes !== undefined && { MaximumWindowInMinutes }) };
}

function targetOf(given: ScheduleInput["Target"], where: AccountRegion): ScheduleTarget {
  const { EcsParameters, SageMakerPipelineParameters, RetryPolicy, DeadLetterConfig, ...rest } = given;
  if (EcsParameters) throw new ValidationException("Hearth does not run ECS tasks: EcsParameters is not supported.");
  if (SageMakerPipelineParameters) {
    throw new ValidationException("Hearth has no SageMaker pipelines: SageMakerPipelineParameters is not supported.");
  }
  const target = {
    ...(JSON.parse(JSON.stringify(rest)) as Omit<ScheduleTarget, "RetryPolicy">),
    RetryPolicy: { ...RETRY_DEFAULTS, ...(JSON.parse(JSON.stringify(RetryPolicy ?? {})) as object) },
    ...(DeadLetterConfig?.Arn !== undefined && { DeadLetterConfig: { Arn: DeadLetterConfig.Arn } }),
  };
  targetMessage(target, "{}", where);
  return target;
}

/** Refuses a role that EventBridge Scheduler may not assume. It is asked again at each delivery. */
export async function checkRole(
  { identities }: Pick<SchedulerDeps, "identities">,
  key: ScheduleKey,
  { Target }: Pick<ScheduleSettings, "Target">,
): Promise<void> {
  const { accountId } = key;
  const service = { principal: PRINCIPAL, accountId, RoleArn: Target.RoleArn, sourceArn: scheduleArn(key) };
  if (await serviceMayAssume(identities, service)) return;
  throw new ValidationException(
    "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
  );
}
