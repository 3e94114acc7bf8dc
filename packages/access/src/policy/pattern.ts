/** The value of a condition key, such as `aws:username`; `undefined` when the request has none. Keys are lower-case. */
export type Lookup = (key: string) => readonly string[] | undefined;

const ANY = -1;
const ONE = -2;

/** Character codes, `ANY` for `*` and `ONE` for `?`. */
type Codes = readonly number[];

interface Variable {
  readonly key: string;
  readonly otherwise: string | undefined;
}

export interface PatternOptions {
  readonly ignoreCase?: boolean;
  /** Whether `*` and `?` are wildcards. */
  readonly wildcards?: boolean;
  /** Whether `${…}` is a variable. Only in documents of version 2012-10-17. */
  readonly variables?: boolean;
}

/**
 * A text of the policy language with `*`, `?` and variables such as `${aws:username}`. Matching takes at most text times pattern steps
 * for any pattern, because tenants write policies.
 */
export class Pattern {
  readonly #parts: readonly (Codes | Variable)[];
  readonly #literal: string | undefined;
  readonly #fixed: Codes | undefined;
  readonly #fold: (text: string) => string;
  readonly matchesAll: boolean;

  constructor(text: string, options: PatternOptions = {}) {
    const { ignoreCase = false, wildcards = true, variables = true } = options;
    this.#fold = ignoreCase ? (value) => value.toLowerCase() : (value) => value;
    this.#parts = partsOf(text, wildcards, variables, this.#fold);
    const [only, ...others] = this.#parts;
    this.#fixed = others.length > 0 ? undefined : only === undefined ? [] : "key" in only ? undefined : only;
    this.#literal = this.#fixed?.every((code) => code >= 0) ? String.fromCharCode(...this.#fixed) : undefined;
    this.matchesAll = wildcards && text === "*";
  }

  /** Whether matching needs a value of the request. */
  get hasVariables(): boolean {
    return this.#fixed === undefined;
  }

  /** A pattern matches nothing when it has a variable without a value in the request. */
  matches(text: string, lookup: Lookup): boolean {
    if (this.matchesAll) return true;
    const folded = this.#fold(text);
    if (this.#literal !== undefined) return folded === this.#literal;
    const codes = this.#fixed ?? this.#resolve(lookup);
    return codes !== undefined && matchCodes(codes, folded);
  }

  #resolve(lookup: Lookup): Codes | undefined {
    const codes: number[] = [];
    for (const part of this.#parts) {
      if (!("key" in part)) {
        for (const code of part) codes.push(code);
        continue;
      }
      const values = lookup(part.key);
      const value = values?.length === 1 ? values[0] : part.otherwise;
      if (value === undefined) return undefined;
      for (const code of codesOf(this.#fold(value))) codes.push(code);
    }
    return codes;
  }
}

const VARIABLE = /\$\{([^}]*)\}/g;
/** `${*}`, `${?}` and `${$}` stand for the characters themselves. */
const ESCAPED = new Set(["*", "?", "$"]);

function partsOf(
  text: string,
  wildcards: boolean,
  variables: boolean,
  fold: (text: string) => string,
): readonly (Codes | Variable)[] {
  const parts: (number[] | Variable)[] = [];
  const append = (codes: readonly number[]): void => {
    const last = parts.at(-1);
    if (last && !("key" in last)) for (const code of codes) last.push(code);
    else parts.push([...codes]);
  };
  let at = 0;
  for (const match of variables ? text.matchAll(VARIABLE) : []) {
    append(wildcardCodes(fold(text.slice(at, match.index)), wildcards));
    at = match.index + match[0].length;
    const [, inner = ""] = match;
    if (ESCAPED.has(inner)) append(codesOf(inner));
    else parts.push(variableOf(inner));
  }
  append(wildcardCodes(fold(text.slice(at)), wildcards));
  return parts.filter((part) => "key" in part || part.length > 0);
}

/** `aws:username`, or with a default: `aws:PrincipalTag/team, 'none'`. */
function variableOf(inner: string): Variable {
  const [, key = "", otherwise] = /^\s*([^,\s]*)\s*(?:,\s*'([^']*)'\s*)?$/.exec(inner) ?? [];
  return { key: key.toLowerCase(), otherwise };
}

function codesOf(text: string): number[] {
  return Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
}

function wildcardCodes(text: string, wildcards: boolean): number[] {
  return codesOf(text).map((code) => (!wildcards ? code : code === 42 ? ANY : code === 63 ? ONE : code));
}

/** Greedy, going back to the last `*` only: that is enough, because the last one can match all that an earlier one could. */
function matchCodes(pattern: Codes, text: string): boolean {
  let at = 0;
  let position = 0;
  let star = -1;
  let resume = 0;
  while (position < text.length) {
    const code = pattern[at];
    if (code === ANY) {
      star = at++;
      resume = position;
    } else if (code === ONE || code === text.charCodeAt(position)) {
      at++;
      position++;
    } else if (star >= 0) {
      at = star + 1;
      position = ++resume;
    } else return false;
  }
  while (pattern[at] === ANY) at++;
  return at === pattern.length;
}
