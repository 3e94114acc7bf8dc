import { type BusEvent, DEFAULT_BUS, eventTime, matchEvent, matchingsOf, messageFor, prepareRule } from "@hearth/buses";
import type { Delivery } from "@hearth/delivery";
import type { Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import { type Database, type DueTimer, RuleTargetStore, type RuleWithTargets, type TimerPlan } from "@hearth/store";
import { decide, type MissedPolicy, type TimerOwner } from "@hearth/timetable";
import { OWNER, recurrenceOf } from "./ruleTimers.ts";

export interface RuleOwnerDeps {
  readonly database: Database;
  readonly delivery: Pick<Delivery, "prepare">;
  readonly missed: MissedPolicy;
  readonly random: Random;
}

interface Planned {
  readonly acts: boolean;
  readonly messages: readonly OutgoingMessage[];
  readonly next?: TimerPlan | undefined;
}

/** Sends what rules with a schedule send when they are due. */
export function ruleOwner({ database, delivery, missed, random }: RuleOwnerDeps): TimerOwner {
  const targets = new RuleTargetStore(database);
  const plan = async (timer: DueTimer): Promise<Planned> => {
    const { accountId, region, name } = timer;
    const key = { accountId, region, bus: DEFAULT_BUS, rule: name };
    const rule = await targets.withTargets(key);
    const recurrence = rule && rule.settings.State !== "DISABLED" ? recurrenceOf(rule) : undefined;
    if (!rule || !recurrence) return { acts: false, messages: [] };
    const { acts, nextMs } = decide(timer, recurrence, missed);
    return {
      acts,
      messages: acts ? messagesOf(key, rule, timer.scheduledMs, random) : [],
      next: nextMs === undefined ? undefined : { scheduledMs: nextMs, dueMs: nextMs },
    };
  };
  return {
    name: OWNER,
    async prepare(due) {
      const planned = await Promise.all(due.map(plan));
      const prepared = await delivery.prepare(planned.flatMap(({ messages }) => messages));
      return {
        next: planned.map(({ next }) => next),
        acted: planned.map(({ acts }) => acts),
        write: (tx) => prepared.write(tx),
        committed: () => prepared.committed(),
      };
    },
  };
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html */
function messagesOf(
  key: { readonly accountId: string; readonly region: string; readonly bus: string },
  found: RuleWithTargets,
  scheduledMs: number,
  random: Random,
): readonly OutgoingMessage[] {
  const rule = prepareRule(key, found);
  const event: BusEvent = {
    id: random.uuid(),
    source: "aws.events",
    detailType: "Scheduled Event",
    account: key.accountId,
    region: key.region,
    time: eventTime(scheduledMs),
    resources: [rule.arn],
    detail: "{}",
  };
  const matched = matchEvent(event, event.time);
  return matchingsOf([rule]).map((matching) => messageFor(key, matching, matched, { hops: 1 }, random.uuid()));
}
