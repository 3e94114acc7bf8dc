import { BadRequestException } from "../apigatewayv2/errors.ts";

/** A row of a file with API keys. */
export interface ApiKeyRow {
  readonly line: number;
  readonly name: string;
  readonly key: string;
  readonly description: string;
  readonly enabled: boolean;
  readonly usagePlanIds: readonly string[];
}

export const MAX_ROWS = 1_000;

/**
 * Reads API keys in comma-separated values. The first line names the columns, in any order and case; those that are not known are ignored.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/api-key-file-format.html
 */
export function readApiKeyFile(text: string): readonly ApiKeyRow[] {
  const lines = text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((content, at) => ({ content, line: at + 1 }))
    .filter(({ content }) => content.trim() !== "");
  const columns = valuesOf(lines[0]?.content ?? "").map((column) => column.toLowerCase());
  for (const needed of ["name", "key"]) {
    if (!columns.includes(needed)) throw new BadRequestException(`The file has no column '${needed}'`);
  }
  if (lines.length - 1 > MAX_ROWS) throw new BadRequestException(`The file has more than ${MAX_ROWS} API keys`);
  return lines.slice(1).map(({ content, line }) => {
    const values = valuesOf(content);
    const of = (column: string): string => values[columns.indexOf(column)] ?? "";
    return {
      line,
      name: of("name"),
      key: of("key"),
      description: of("description"),
      enabled: of("enabled").toLowerCase() !== "false",
      usagePlanIds: of("usageplanids")
        .split(",")
        .map((id) => id.trim())
        .filter((id) => id !== ""),
    };
  });
}

/** The values of a line. One in double or single quotes may have commas; a quote within is written twice. */
function valuesOf(line: string): readonly string[] {
  const values: string[] = [];
  let at = 0;
  while (at <= line.length) {
    while (line[at] === " " || line[at] === "\t") at++;
    const quote = line[at];
    if (quote !== '"' && quote !== "'") {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.length : comma;
      values.push(line.slice(at, end).trim());
      at = end + 1;
      continue;
    }
    let value = "";
    for (at++; at < line.length; at++) {
      if (line[at] !== quote) value += line[at];
      else if (line[at + 1] === quote) value += line[at++];
      else break;
    }
    values.push(value);
    const comma = line.indexOf(",", at + 1);
    at = comma < 0 ? line.length + 1 : comma + 1;
  }
  return values;
}
