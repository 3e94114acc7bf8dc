/** The texts of a message with the structure `json`, by protocol; `undefined` when it is no JSON object. Entries that are no texts are left out. */
export function textsByProtocol(message: string): Readonly<Record<string, string>> | undefined {
  try {
    const value = JSON.parse(message) as unknown;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return Object.fromEntries(Object.entries(value).filter(([, text]) => typeof text === "string")) as Record<
      string,
      string
    >;
  } catch {
    return undefined;
  }
}
