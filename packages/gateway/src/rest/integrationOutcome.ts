/** The status that the request template of a mock gives; `undefined` when it gives none. */
export function mockStatus(body: Uint8Array): number | undefined {
  // The form is lax, as on AWS: names and the status may be without quotes.
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
  const found = /^\s*\{\s*["']?statusCode["']?\s*:\s*["']?(\d{3})["']?\s*[,}]/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** What a function reports that failed. */
export function errorMessage(payload: Uint8Array): string {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString();
  try {
    const { errorMessage: message } = JSON.parse(text) as { readonly errorMessage?: unknown };
    return typeof message === "string" ? message : text;
  } catch {
    return text; // a runtime of the function's own may report an error in any form
  }
}
