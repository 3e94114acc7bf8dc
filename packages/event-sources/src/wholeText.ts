const decoder = new TextDecoder("utf-8", { fatal: true });

/** Bytes as text; `undefined` when they are not UTF-8. For `Matched.data`. */
export function wholeText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
