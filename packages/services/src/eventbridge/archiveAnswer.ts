import { busArn } from "@hearth/buses";
import { arn } from "@hearth/model";
import type { EventArchiveKey, EventArchiveRecord, EventReplayKey, EventReplayRecord } from "@hearth/store";

export function archiveArn({ accountId, region, archive }: EventArchiveKey): string {
  return arn({ service: "events", accountId, region, resource: `archive/${archive}` });
}

export function replayArn({ accountId, region, replay }: EventReplayKey): string {
  return arn({ service: "events", accountId, region, resource: `replay/${replay}` });
}

/** What operations that change an archive answer. */
export function changedArchive(archive: EventArchiveRecord) {
  return { ArchiveArn: archiveArn(archive), State: "ENABLED", CreationTime: archive.CreationTime };
}

/** An archive as ListArchives shows it. */
export function shownArchive(archive: EventArchiveRecord) {
  return {
    ArchiveName: archive.archive,
    EventSourceArn: busArn(archive),
    State: "ENABLED",
    RetentionDays: archive.settings.RetentionDays ?? 0,
    SizeBytes: archive.bytes,
    EventCount: archive.events,
    CreationTime: archive.CreationTime,
  };
}

/** A replay as ListReplays shows it. */
export function shownReplay(replay: EventReplayRecord) {
  const { EventStartTime, EventEndTime, EventLastReplayedTime, ReplayStartTime, ReplayEndTime } = replay;
  return {
    ReplayName: replay.replay,
    EventSourceArn: archiveArn(replay),
    State: replay.state,
    ...(replay.stateReason !== null && { StateReason: replay.stateReason }),
    EventStartTime,
    EventEndTime,
    ...(EventLastReplayedTime !== null && { EventLastReplayedTime }),
    ReplayStartTime,
    ...(ReplayEndTime !== null && { ReplayEndTime }),
  };
}
