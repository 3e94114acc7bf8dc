import { queryRegex } from "./queryRegex.ts";
import type { Row } from "./row.ts";
import type { TokenReader } from "./tokenReader.ts";
import { toText } from "./values.ts";

/** Reads what follows `parse`: `[field] "glob * of *" as a, b`, or `[field] /regex with (?<name>…)/ [as a, b]`. Sets the fields that it finds. */
export function readParse(reader: TokenReader): (row: Row) => void {
  const hasField = reader.next.kind === "word" || reader.next.kind === "field";
  const field = hasField ? reader.expectField() : "@message";
  const token = reader.take();
  if (token.kind === "string") {
    const parts = token.value.split("*");
    const names = readNames(reader);
    if (names.length !== parts.length - 1) {
      reader.fail(`the pattern has ${parts.length - 1} wildcards for ${names.length} names`, token);
    }
    return (row) => {
      const values = globValues(toText(row.get(field)), parts);
      for (const [at, value] of (values ?? []).entries()) row.set(names[at] as string, value);
    };
  }
  if (token.kind !== "regex") reader.unexpected(token);
  const regex = queryRegex(token.value, (reason) => reader.fail(reason, token));
  const named = Object.entries(regex.namedGroups());
  const names = reader.seesWord("as")
    ? readNames(reader)
    : named.toSorted(([, a], [, b]) => Number(a) - Number(b)).map(([name]) => name);
  if (names.length === 0) reader.fail("the regular expression names no fields", token);
  if (named.length === 0 && regex.groupCount() !== names.length) {
    reader.fail(`the regular expression has ${regex.groupCount()} groups for ${names.length} names`, token);
  }
  const groups = names.map((name, at) =>
    named.length > 0 ? Number(named.find(([each]) => each === name)?.[1] ?? at + 1) : at + 1,
  );
  return (row) => {
    const matcher = regex.matcher(toText(row.get(field)));
    if (!matcher.find()) return;
    for (const [at, name] of names.entries()) {
      const value: string | null = matcher.group(groups[at]);
      if (value !== null) row.set(name, value);
    }
  };
}

function readNames(reader: TokenReader): readonly string[] {
  if (!reader.takesWord("as")) return reader.unexpected();
  const names: string[] = [];
  do names.push(reader.expectField());
  while (reader.takesSign(","));
  return names;
}

/** The texts that the wildcards between `parts` stand for, each as short as possible; the last one goes to the end of the text. */
function globValues(text: string, parts: readonly string[]): readonly string[] | undefined {
  const [first = "", ...rest] = parts;
  let at = text.indexOf(first);
  if (at < 0) return undefined;
  at += first.length;
  const values: string[] = [];
  for (const [index, part] of rest.entries()) {
    const end = part === "" && index === rest.length - 1 ? text.length : text.indexOf(part, at);
    if (end < 0) return undefined;
    values.push(text.slice(at, end));
    at = end + part.length;
  }
  return values;
}
