import type { Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { AlarmHistoryItem, AlarmRecord, AlarmStore, Transaction } from "@hearth/store";
import { actionMessages, type AlarmStateText, stateChangeEvent } from "./alarmMessages.ts";
import { longTime } from "./alarmTexts.ts";

/** Sends what alarms cause: `Delivery`. */
export interface AlarmDelivery {
  /** Why a message may not be sent is in `refused`. */
  check(message: OutgoingMessage): Promise<object>;
  prepare(messages: readonly OutgoingMessage[]): Promise<{ write(tx: Transaction): Promise<void>; committed(): void }>;
}

export interface ChangeAlarmDeps {
  readonly alarms: Pick<AlarmStore, "changeState">;
  readonly delivery: AlarmDelivery;
  /** Whether messages to an event bus are delivered. */
  readonly sendsEvents: boolean;
  readonly random: Random;
}

/**
 * Changes the state of an alarm. The state, its history and the messages of its actions are committed together. False when the alarm has changed
 * meanwhile: then nothing is written or sent.
 */
export async function changeAlarmState(
  alarm: AlarmRecord,
  next: AlarmStateText,
  dueAt: number,
  { alarms, delivery, sendsEvents, random }: ChangeAlarmDeps,
): Promise<boolean> {
  const isOther = next.state !== alarm.state;
  const messages = isOther ? actionMessages(alarm, next, random) : [];
  const history = [
    ...(isOther ? [stateUpdate(alarm, next)] : []),
    ...(await actionItems(alarm, next, messages, delivery)),
  ];
  const events = isOther && sendsEvents ? [stateChangeEvent(alarm, next, random)] : [];
  const prepared = await delivery.prepare([...messages, ...events]);
  const { state, reason, reasonData, at } = next;
  const change = {
    ...{ state, reason, reasonData: reasonData ?? undefined, at, history },
    write: (tx: Transaction) => prepared.write(tx),
  };
  if (!(await alarms.changeState(alarm, change, dueAt))) return false;
  prepared.committed();
  return true;
}

type Item = Pick<AlarmHistoryItem, "type" | "summary" | "data">;

function stateUpdate(alarm: AlarmRecord, next: AlarmStateText): Item {
  return {
    type: "StateUpdate",
    summary: `Alarm updated from ${alarm.state} to ${next.state}`,
    data: JSON.stringify({
      version: "1.0",
      oldState: stateData({ state: alarm.state, reason: alarm.stateReason, reasonData: alarm.stateReasonData }),
      newState: stateData(next),
    }),
  };
}

function stateData({ state, reason, reasonData }: Omit<AlarmStateText, "at">) {
  return {
    stateValue: state,
    stateReason: reason,
    ...(reasonData && { stateReasonData: jsonOr(reasonData) }),
  };
}

/** SetAlarmState takes any text as the data of its reason. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** What the history says about actions: whether their targets take messages of the alarm. */
async function actionItems(
  alarm: AlarmRecord,
  next: AlarmStateText,
  messages: readonly OutgoingMessage[],
  delivery: AlarmDelivery,
): Promise<readonly Item[]> {
  return await Promise.all(
    messages.map(async (message): Promise<Item> => {
      const checked = await delivery.check(message);
      const error = "refused" in checked && typeof checked.refused === "string" ? checked.refused : undefined;
      const { TargetArn } = message;
      return {
        type: "Action",
        summary:
          error === undefined
            ? `Successfully executed action ${TargetArn}`
            : `Failed to execute action ${TargetArn}. Received error: "${error}"`,
        data: JSON.stringify({
          actionState: error === undefined ? "Succeeded" : "Failed",
          stateUpdateTimestamp: longTime(next.at),
          notificationResource: TargetArn,
          publishedMessage: JSON.stringify({ alarm: alarm.AlarmName, state: next.state }),
          ...(error !== undefined && { error }),
        }),
      };
    }),
  );
}
