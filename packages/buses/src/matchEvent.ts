import { type BusEvent, eventText } from "./busEvent.ts";
import type { MatchedEvent } from "./targetInput.ts";

/** The event in the forms that rules and targets need. */
export function matchEvent(event: BusEvent, ingestionTime: string): MatchedEvent {
  const text = eventText(event);
  return { event, text, parsed: JSON.parse(text) as unknown, ingestionTime };
}
