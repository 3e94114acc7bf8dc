/** A table with headings and left-aligned columns. */
export function textTable(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) =>
    all.reduce((width, row) => Math.max(width, (row[column] ?? "").length), 0),
  );
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** What callers wrote must not move the terminal's cursor. */
export function withoutControls(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
