import type { SecretKey, TimerKey } from "@hearth/store";

/** The names of rotations and removals in the table of timers. */
export const ROTATION_OWNER = "secret-rotation";
export const REMOVAL_OWNER = "secret-removal";

export function rotationTimer({ accountId, region, Name }: SecretKey): TimerKey {
  return { owner: ROTATION_OWNER, accountId, region, name: Name };
}

export function removalTimer({ accountId, region, Name }: SecretKey): TimerKey {
  return { owner: REMOVAL_OWNER, accountId, region, name: Name };
}
