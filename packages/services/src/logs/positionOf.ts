import type { EventPosition } from "@hearth/store";
import { InvalidParameterException } from "./errors.ts";

const DIGITS = /^(\d{14})(\d{19})(\d{7})$/;

/** The position that `eventId` wrote. Throws AWS's error for any other text. */
export function positionOf(id: string): EventPosition {
  const [, timestamp, seq, index] = DIGITS.exec(id) ?? [];
  if (timestamp === undefined || seq === undefined || index === undefined) {
    throw new InvalidParameterException("The specified nextToken is invalid.");
  }
  return { timestamp: Number(timestamp), seq: BigInt(seq), index: Number(index) };
}
