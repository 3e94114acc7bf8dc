// Values of parameters that are arrays, as PostgreSQL reads them.

/** An array of numbers, or of texts without commas, quotes, backslashes, braces and white space. */
export function arrayOf(members: readonly (number | string | null)[]): string {
  return `{${members.map((member) => member ?? "NULL").join(",")}}`;
}

export function arrayOfBytes(members: readonly (Buffer | undefined)[]): string {
  return arrayOf(members.map((bytes) => (bytes ? `\\\\x${bytes.toString("hex")}` : null)));
}

/**
 * An array whose length PostgreSQL does not look at while it plans. It would plan a statement anew each time it is given fewer rows than it had assumed for any,
 * because that plan seems to cost less; planning takes longer than the statement.
 */
export function unseen(array: string): string {
  return `(SELECT ${array})`;
}
