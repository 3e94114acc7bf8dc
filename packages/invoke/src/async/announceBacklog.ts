import type { Logger } from "@hearth/kit";
import type { EventStore } from "@hearth/store";

export interface AnnounceBacklogDeps {
  readonly events: Pick<EventStore, "backlog">;
  readonly logger: Logger;
}

/** Says at a start, before any event is taken, how many accepted events from before it are going to run. Says nothing when there are none. */
export async function announceBacklog({ events, logger }: AnnounceBacklogDeps): Promise<void> {
  const { unfinished, interrupted } = await events.backlog();
  if (unfinished === 0) return;
  const what =
    unfinished === 1 ? "1 event from before this start is" : `${unfinished} events from before this start are`;
  const running = interrupted === 0 ? "" : `; ${interrupted} of them had begun to run, and will run again`;
  logger.info(`${what} taken up again${running}`);
}
