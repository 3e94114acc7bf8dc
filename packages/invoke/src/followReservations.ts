import type { Logger } from "@hearth/kit";
import type { ConcurrencyStore, FunctionIndex } from "@hearth/store";
import type { Admission } from "./admission.ts";

export interface FollowReservationsDeps {
  readonly index: Pick<FunctionIndex, "onApplied" | "onChange">;
  readonly concurrency: Pick<ConcurrencyStore, "reservedTotals">;
  readonly admission: Pick<Admission, "setReservedTotals" | "forget">;
  readonly logger: Logger;
}

/**
 * Tells `admission` what all functions of each account reserve together, now and after each change, and which functions are gone. Resolves after the
 * first time.
 */
export async function followReservations({
  index,
  concurrency,
  admission,
  logger,
}: FollowReservationsDeps): Promise<void> {
  let reading = false;
  let again = false;
  const refresh = async (): Promise<void> => {
    again = true;
    if (reading) return;
    reading = true;
    try {
      while (again) {
        again = false;
        admission.setReservedTotals(await concurrency.reservedTotals());
      }
    } finally {
      reading = false;
    }
  };
  await refresh();
  index.onChange((fn, keys) => {
    if (keys.size === 0) admission.forget(fn);
  });
  index.onApplied(() => {
    refresh().catch((error: unknown) =>
      logger.warn({ err: error }, "the reserved concurrency of accounts cannot be read; the last figures stay"),
    );
  });
}
