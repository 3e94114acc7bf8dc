import { type Database, SecretStore } from "@hearth/store";
import type { TimerOwner } from "@hearth/timetable";
import { REMOVAL_OWNER } from "./secretTimers.ts";

/** Removes secrets whose recovery window has passed. */
export function removalOwner({ database }: { readonly database: Database }): TimerOwner {
  const secrets = new SecretStore(database);
  return {
    name: REMOVAL_OWNER,
    async prepare(due) {
      return {
        next: due.map(() => undefined),
        acted: due.map(() => true),
        async write(tx) {
          for (const { accountId, region, name, nowMs } of due) {
            const secret = await secrets.lock(tx, { accountId, region, Name: name });
            const isOver = secret && secret.removedMs !== null && secret.removedMs <= nowMs;
            if (isOver) await secrets.delete(tx, secret);
          }
        },
        committed: () => undefined,
      };
    },
  };
}
