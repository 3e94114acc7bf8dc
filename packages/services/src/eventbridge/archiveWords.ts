import { choice, integer, text } from "@hearth/model";
import { z } from "zod";
import * as words from "./words.ts";

const NAME = "[\\.\\-_A-Za-z0-9]+";

/** Constraints of archives and replays, and the members of their answers. */
export const ArchiveName = text({ min: 1, max: 48, pattern: NAME });
export const ReplayName = text({ min: 1, max: 64, pattern: NAME });
export const RetentionDays = integer({ min: 0 });
export const ArchiveState = choice(["ENABLED", "DISABLED", "CREATING", "UPDATING", "CREATE_FAILED", "UPDATE_FAILED"]);
export const ReplayState = choice(["STARTING", "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED", "FAILED"]);

export const ChangedArchive = { ArchiveArn: z.string(), State: z.string(), CreationTime: words.Seconds };

export const ListedArchive = {
  ArchiveName: z.string(),
  EventSourceArn: z.string(),
  State: z.string(),
  RetentionDays: z.int(),
  SizeBytes: z.int(),
  EventCount: z.int(),
  CreationTime: words.Seconds,
};

export const ListedReplay = {
  ReplayName: z.string(),
  EventSourceArn: z.string(),
  State: z.string(),
  StateReason: z.string().optional(),
  EventStartTime: words.Seconds,
  EventEndTime: words.Seconds,
  EventLastReplayedTime: words.Seconds.optional(),
  ReplayStartTime: words.Seconds,
  ReplayEndTime: words.Seconds.optional(),
};
