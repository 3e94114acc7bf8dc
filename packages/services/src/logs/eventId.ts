import type { EventPosition } from "@hearth/store";

/** An event's `eventId`; tokens are made of it too. Digits that sort in the order of the events: 14 of the time, 19 of the chunk, 7 of the place in it. */
export function eventId({ timestamp, seq, index }: EventPosition): string {
  return `${String(timestamp).padStart(14, "0")}${String(seq).padStart(19, "0")}${String(index).padStart(7, "0")}`;
}
