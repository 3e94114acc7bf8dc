import { IotSqlError } from "./iotSqlError.ts";
import { castTo } from "./sqlCast.ts";
import type { Expression } from "./sqlContext.ts";
import { FUNCTIONS, FUNCTIONS_NOT_BUILT } from "./sqlFunctions.ts";
import * as make from "./sqlExpressions.ts";
import { toNumber } from "./sqlValue.ts";
import { type Token, tokensOf } from "./tokens.ts";

/** One thing that SELECT makes. */
export interface SelectItem {
  /** `*` by itself. */
  readonly isAll: boolean;
  readonly value: Expression;
  /** Where it goes in the result: the path of its alias, or its own name. */
  readonly path: readonly string[];
}

export interface Selection {
  /** SELECT VALUE: the result is the value itself. */
  readonly isValue: boolean;
  readonly items: readonly SelectItem[];
}

export interface ParsedStatement {
  readonly selection: Selection;
  readonly from: string | undefined;
  readonly where: Expression | undefined;
}

/** Nested parentheses, functions, literals and queries. */
const MAX_DEPTH = 50;
const MAX_ALIAS_LEVELS = 8;
const RESERVED: ReadonlySet<string> = new Set([
  ...[
    "select",
    "from",
    "where",
    "and",
    "or",
    "not",
    "as",
    "in",
    "case",
    "when",
    "then",
    "else",
    "end",
    "value",
    "exists",
  ],
]);
const COMPARISONS: ReadonlySet<string> = new Set(["=", "<>", "!=", "<", "<=", ">", ">="]);

/** Parses a statement or an expression in one pass. Throws IotSqlError. */
export class SqlParser {
  readonly #sql: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#tokens = tokensOf(sql);
  }

  statement(): ParsedStatement {
    const selection = this.#selection();
    const from = this.#takeWord("from") ? this.#text("a topic filter in quotes") : undefined;
    const where = this.#takeWord("where") ? this.#expression() : undefined;
    this.#expectEnd();
    return { selection, from, where };
  }

  /** An expression by itself, as in a template. */
  expression(): Expression {
    const expression = this.#expression();
    this.#expectEnd();
    return expression;
  }

  #selection(): Selection {
    this.#expectWord("select");
    const isValue = this.#takeWord("value");
    const items = this.#list(() => this.#item(isValue));
    if (isValue && items.length > 1) throw new IotSqlError("SELECT VALUE takes one expression");
    return { isValue, items };
  }

  #item(isValue: boolean): SelectItem {
    const start = this.#peek();
    const isStar = this.#take("*");
    const value = isStar ? make.all : this.#expression();
    const end = this.#tokens[this.#at - 1] ?? start;
    if (this.#takeWord("as")) return { isAll: false, value, path: this.#alias() };
    if (isStar || isValue) return { isAll: isStar, value, path: [] };
    // As on AWS: the last name of a path, and the text of anything else.
    const name = end.kind === "name" ? end.text : this.#sql.slice(start.at, end.end);
    return { isAll: false, value, path: [name] };
  }

  #alias(): readonly string[] {
    const path: string[] = [];
    do {
      const token = this.#next();
      if (token.kind !== "name" && token.kind !== "text") throw this.#unexpected(token, "a name after AS");
      path.push(token.text);
    } while (this.#take("."));
    if (path.length > MAX_ALIAS_LEVELS) throw new IotSqlError(`an alias has at most ${MAX_ALIAS_LEVELS} levels`);
    return path;
  }

  #expression(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new IotSqlError(`expressions are nested at most ${MAX_DEPTH} deep`);
    const parsed = this.#either();
    this.#depth--;
    return parsed;
  }

  #either(): Expression {
    const parts = [this.#both()];
    while (this.#takeWord("or")) parts.push(this.#both());
    return parts.length === 1 ? (parts[0] as Expression) : make.or(parts);
  }

  #both(): Expression {
    const parts = [this.#negation()];
    while (this.#takeWord("and")) parts.push(this.#negation());
    return parts.length === 1 ? (parts[0] as Expression) : make.and(parts);
  }

  #negation(): Expression {
    let isNegated = false;
    let hasNot = false;
    while (this.#takeWord("not")) {
      isNegated = !isNegated;
      hasNot = true;
    }
    const value = this.#comparison();
    return hasNot ? make.not(value, isNegated) : value;
  }

  #comparison(): Expression {
    const left = this.#sum();
    const token = this.#peek();
    if (token.kind === "sign" && COMPARISONS.has(token.text)) {
      this.#at++;
      return make.compare(token.text, left, this.#sum());
    }
    const isNegated = this.#isWord("not") && this.#isWord("in", 1) && this.#takeWord("not");
    if (this.#takeWord("in")) {
      const found = make.isIn(left, this.#isQueryOrArray() ? this.#sum() : this.#inList());
      return isNegated ? make.not(found, true) : found;
    }
    return left;
  }

  #isQueryOrArray(): boolean {
    const token = this.#peek();
    return token.text !== "(" || token.kind !== "sign" || this.#isWord("select", 1);
  }

  #inList(): Expression {
    this.#expect("(");
    const items = this.#list(() => this.#expression());
    this.#expect(")");
    return make.array(items);
  }

  #sum(): Expression {
    const first = this.#product();
    const rest: make.Operand[] = [];
    for (let sign = this.#takeOneOf("+", "-"); sign !== undefined; sign = this.#takeOneOf("+", "-")) {
      rest.push({ sign, value: this.#product() });
    }
    return rest.length === 0 ? first : make.arithmetic(first, rest);
  }

  #product(): Expression {
    const first = this.#signed();
    const rest: make.Operand[] = [];
    for (let sign = this.#takeOneOf("*", "/", "%"); sign !== undefined; sign = this.#takeOneOf("*", "/", "%")) {
      rest.push({ sign, value: this.#signed() });
    }
    return rest.length === 0 ? first : make.arithmetic(first, rest);
  }

  #signed(): Expression {
    let isNegative = false;
    for (let sign = this.#takeOneOf("-", "+"); sign !== undefined; sign = this.#takeOneOf("-", "+")) {
      if (sign === "-") isNegative = !isNegative;
    }
    const value = this.#member();
    return isNegative ? make.arithmetic(make.literal(0), [{ sign: "-", value }]) : value;
  }

  #member(): Expression {
    const value = this.#primary();
    const path: string[] = [];
    while (this.#take(".")) {
      const token = this.#next();
      if (token.kind !== "name" && token.kind !== "text") throw this.#unexpected(token, "a name after the point");
      path.push(token.text);
    }
    return path.length === 0 ? value : make.member(value, path);
  }

  #primary(): Expression {
    const token = this.#next();
    if (token.kind === "number") return make.literal(toNumber(token.text));
    if (token.kind === "text") return make.literal(token.text);
    if (token.kind === "name") return this.#named(token);
    switch (token.text) {
      case "(": {
        if (this.#isWord("select")) return this.#query();
        const inner = this.#expression();
        this.#expect(")");
        return inner;
      }
      case "[":
        return make.array(this.#listUntil("]", () => this.#expression()));
      case "{":
        return make.object(this.#listUntil("}", () => this.#pair()));
      case "*":
        return make.all;
      default:
        throw this.#unexpected(token, "an expression");
    }
  }

  /** `(SELECT … FROM path WHERE …)`: the items of an array. */
  #query(): Expression {
    if (++this.#depth > MAX_DEPTH) throw new IotSqlError(`expressions are nested at most ${MAX_DEPTH} deep`);
    const selection = this.#selection();
    this.#expectWord("from");
    const source = this.#member();
    const where = this.#takeWord("where") ? this.#expression() : undefined;
    this.#expect(")");
    this.#depth--;
    return make.query(selection, source, where);
  }

  #pair(): make.Pair {
    const token = this.#next();
    if (token.kind !== "text") throw this.#unexpected(token, "a name in quotes");
    this.#expect(":");
    return { name: token.text, value: this.#expression() };
  }

  #named(token: Token): Expression {
    const word = token.text.toLowerCase();
    if (word === "null") return make.literal(null);
    if (word === "true" || word === "false") return make.literal(word === "true");
    if (word === "undefined" && !this.#is("(")) return make.literal(undefined);
    if (word === "case") return this.#case();
    if (word === "exists") return make.exists(this.#primary());
    if (RESERVED.has(word)) throw this.#unexpected(token, "an expression");
    return this.#take("(") ? this.#call(token, word) : make.name(token.text);
  }

  #call(token: Token, name: string): Expression {
    if (name === "cast") return this.#cast();
    const found = FUNCTIONS.get(name);
    if (!found) {
      const why = FUNCTIONS_NOT_BUILT.has(name) ? "is not built in Hearth" : "does not exist";
      throw new IotSqlError(`the function ${token.text} ${why}`);
    }
    const args = this.#listUntil(")", () => this.#expression());
    if (args.length < found.min || args.length > found.max) {
      throw new IotSqlError(`the function ${token.text} does not take ${args.length} arguments`);
    }
    return make.call(found, args);
  }

  #cast(): Expression {
    const value = this.#expression();
    this.#expectWord("as");
    const type = this.#next();
    const cast = castTo(type.text);
    if (!cast) throw this.#unexpected(type, "a type");
    this.#expect(")");
    return make.cast(value, cast);
  }

  #case(): Expression {
    const value = this.#isWord("when") ? undefined : this.#expression();
    const branches: make.Branch[] = [];
    while (this.#takeWord("when")) {
      const when = this.#expression();
      this.#expectWord("then");
      branches.push({ when, result: this.#expression() });
    }
    if (branches.length === 0) throw this.#unexpected(this.#peek(), "WHEN");
    const otherwise = this.#takeWord("else") ? this.#expression() : undefined;
    this.#expectWord("end");
    return make.choose(value, branches, otherwise);
  }

  #list<Item>(item: () => Item): readonly Item[] {
    const items = [item()];
    while (this.#take(",")) items.push(item());
    return items;
  }

  #listUntil<Item>(end: string, item: () => Item): readonly Item[] {
    if (this.#take(end)) return [];
    const items = this.#list(item);
    this.#expect(end);
    return items;
  }

  #peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #is(sign: string): boolean {
    const token = this.#peek();
    return token.kind === "sign" && token.text === sign;
  }

  #take(sign: string): boolean {
    if (!this.#is(sign)) return false;
    this.#at++;
    return true;
  }

  #takeOneOf<Sign extends string>(...signs: readonly Sign[]): Sign | undefined {
    return signs.find((sign) => this.#take(sign));
  }

  #isWord(word: string, ahead = 0): boolean {
    const token = this.#peek(ahead);
    return token.kind === "name" && token.text.toLowerCase() === word;
  }

  #takeWord(word: string): boolean {
    if (!this.#isWord(word)) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw this.#unexpected(this.#peek(), sign);
  }

  #expectWord(word: string): void {
    if (!this.#takeWord(word)) throw this.#unexpected(this.#peek(), word.toUpperCase());
  }

  #expectEnd(): void {
    const token = this.#peek();
    if (token.kind !== "end") throw this.#unexpected(token, "the end");
  }

  #text(what: string): string {
    const token = this.#next();
    if (token.kind !== "text") throw this.#unexpected(token, what);
    return token.text;
  }

  #unexpected({ text, at }: Token, expected: string): IotSqlError {
    return new IotSqlError(`expected ${expected}, found ${text.slice(0, 50)} at ${at}`);
  }
}
