/** How Hearth learns of writes to a bucket that go around it. */
export type Watch =
  | { readonly bucket: string; readonly kind: "webhook"; readonly secret: string }
  | { readonly bucket: string; readonly kind: "list"; readonly everySeconds: number };

const ENTRY = /^(\*|[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])=(?:webhook:([\w.~+/=-]{16,256})|list:(\d{1,5}))$/;
export const MIN_LIST_SECONDS = 5;

/** `<bucket>=webhook:<secret>` or `<bucket>=list:<seconds>`, with `*` for all buckets; `undefined` for a text that is neither. */
export function parseWatch(text: string): Watch | undefined {
  const [, bucket = "", secret, seconds] = ENTRY.exec(text) ?? [];
  if (secret !== undefined) return { bucket, kind: "webhook", secret };
  const everySeconds = Number(seconds);
  return everySeconds >= MIN_LIST_SECONDS ? { bucket, kind: "list", everySeconds } : undefined;
}
