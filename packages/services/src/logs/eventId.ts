import type { EventPosition } from "@hearth/store";
import { InvalidParameterException } from "./errors.ts";

/** Digits that sort in the order of the events: 14 of the time, 19 of the chunk, 7 of the place in it. */
const DIGITS = /^(\d{14})(\d{19})(\d{7})$/;

/** An event's `eventId`; tokens are made of it too. */
export function eventId({ timestamp, seq, index }: EventPosition): string {
  return `${String(timestamp).padStart(14, "0")}${String(seq).padStart(19, "0")}${String(index).padStart(7, "0")}`;
}

export function positionOf(id: string): EventPosition {
  const [, timestamp, seq, index] = DIGITS.exec(id) ?? [];
  if (timestamp === undefined || seq === undefined || index === undefined) {
    throw new InvalidParameterException("The specified nextToken is invalid.");
  }
  return { timestamp: Number(timestamp), seq: BigInt(seq), index: Number(index) };
}
