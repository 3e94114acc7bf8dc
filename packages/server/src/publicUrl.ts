import { type Config, formatAddress } from "./config.ts";

/** Where recipients of notifications reach this Hearth, without a slash at the end. */
export function publicUrl({ HEARTH_PUBLIC_URL, HEARTH_LISTEN }: Config): string {
  return HEARTH_PUBLIC_URL?.replace(/\/+$/, "") ?? `http://${formatAddress(HEARTH_LISTEN)}`;
}
