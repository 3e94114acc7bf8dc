import { type AttributeType, type AttributeValue, typeOf } from "../attributeValue.ts";
import { type Comparator, type Condition, type Operand, type Path, type SetValue, type Update } from "./ast.ts";
import { type ExpressionKind, expressionError } from "./expressionError.ts";
import { checkBounds, refuseSamePath, typeName } from "./checkOperands.ts";
import type { Placeholders } from "./placeholders.ts";
import { ADDED, NAMES, ORDERED, SETS, TYPE_SETS } from "./operandTypes.ts";
import { refuseOverlaps } from "./refuseOverlaps.ts";
import { RESERVED_WORDS } from "./reservedWords.ts";
import { syntaxError, type Token, tokensOf } from "./tokens.ts";

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_OPERATORS = 300;
const MAX_NESTING = 300;
const MAX_PATH_PARTS = 32;
const COMPARATORS: ReadonlySet<string> = new Set(["=", "<>", "<", "<=", ">", ">="]);
const CONDITION_FUNCTIONS: ReadonlySet<string> = new Set([
  "attribute_exists",
  "attribute_not_exists",
  "attribute_type",
  "begins_with",
  "contains",
]);
const UPDATE_FUNCTIONS: ReadonlySet<string> = new Set(["if_not_exists", "list_append"]);

/** Reads one expression by recursive descent. Every error is AWS's. */
export class Parser {
  readonly #kind: ExpressionKind;
  readonly #placeholders: Placeholders;
  readonly #tokens: readonly Token[];
  #at = 0;
  #operators = 0;
  #nesting = 0;
  /** The places of the conditions in parentheses: of the first parenthesis, and of what follows the last. */
  readonly #closed = new Map<number, number>();

  constructor(expression: string, kind: ExpressionKind, placeholders: Placeholders) {
    this.#kind = kind;
    this.#placeholders = placeholders;
    this.#tokens = tokensOf(expression, kind);
  }

  condition(): Condition {
    const condition = this.#or();
    this.#end();
    return condition;
  }

  projection(): readonly Path[] {
    const paths = this.#list(() => this.#path());
    this.#end();
    refuseOverlaps(paths, this.#kind);
    return paths;
  }

  update(): Update {
    const set: Update["set"][number][] = [];
    const remove: Path[] = [];
    const add: Update["add"][number][] = [];
    const removed: Update["delete"][number][] = [];
    const seen = new Set<string>();
    do {
      const { type, text } = this.#current;
      const section = text.toUpperCase();
      if (type !== "name" || !["SET", "REMOVE", "ADD", "DELETE"].includes(section)) throw this.#unexpected();
      if (seen.has(section)) {
        throw this.#error(`The "${section}" section can only be used once in an update expression;`);
      }
      seen.add(section);
      this.#at++;
      if (section === "SET") set.push(...this.#list(() => this.#assignment()));
      else if (section === "REMOVE") remove.push(...this.#list(() => this.#path()));
      else if (section === "ADD") add.push(...this.#list(() => this.#pathAndValue("ADD", ADDED)));
      else removed.push(...this.#list(() => this.#pathAndValue("DELETE", SETS)));
    } while (!this.#isAtEnd);
    refuseOverlaps(
      [...set.map(({ path }) => path), ...remove, ...add.map(({ path }) => path), ...removed.map(({ path }) => path)],
      this.#kind,
    );
    return { set, remove, add, delete: removed };
  }

  get #current(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #or(): Condition {
    let left = this.#and();
    while (this.#word("OR")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): Condition {
    let left = this.#not();
    while (this.#word("AND")) left = { kind: "and", left, right: this.#not() };
    return left;
  }

  #not(): Condition {
    if (!this.#word("NOT")) return this.#primary();
    return this.#nested(() => ({ kind: "not", of: this.#not() }));
  }

  #primary(): Condition {
    if (this.#symbol("(")) {
      return this.#nested(() => {
        const start = this.#at;
        const inner = this.#or();
        // All between these parentheses is in parentheses of its own.
        if (this.#closed.get(start) === this.#at) throw this.#error("The expression has redundant parentheses;");
        this.#expect(")");
        this.#closed.set(start - 1, this.#at);
        return inner;
      });
    }
    const { type, text } = this.#current;
    if (type === "name" && this.#tokens[this.#at + 1]?.text === "(" && text !== "size") return this.#function();
    return this.#comparison(this.#operand());
  }

  #function(): Condition {
    const { text: name } = this.#current;
    if (!CONDITION_FUNCTIONS.has(name)) {
      throw UPDATE_FUNCTIONS.has(name)
        ? this.#error(`The function is not allowed in a condition expression; function: ${name}`)
        : this.#error(`Invalid function name; function: ${name}`);
    }
    this.#at++;
    this.#expect("(");
    const operands = this.#list(() => this.#operand());
    this.#expect(")");
    const wanted = name.startsWith("attribute_") && name !== "attribute_type" ? 1 : 2;
    if (operands.length !== wanted) {
      throw this.#error(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
      );
    }
    const [of, what] = operands as [Operand, Operand];
    const path = (): Path => {
      if (of.kind === "path") return of.path;
      throw this.#error(`Operator or function requires a document path; operator or function: ${name}`);
    };
    switch (name) {
      case "attribute_exists":
      case "attribute_not_exists":
        return { kind: "exists", path: path(), isNegated: name === "attribute_not_exists" };
      case "attribute_type":
        return { kind: "type", path: path(), type: typeName(what, this.#kind) };
      case "begins_with":
        this.#refuseType(what, name, ["S", "B"]);
        refuseSamePath(name, operands, this.#kind);
        return { kind: "beginsWith", of, what };
      default:
        refuseSamePath(name, operands, this.#kind);
        return { kind: "contains", of, what };
    }
  }

  #comparison(left: Operand): Condition {
    const { type, text } = this.#current;
    if (type === "symbol" && COMPARATORS.has(text)) {
      this.#at++;
      this.#operator();
      const by = text as Comparator;
      const right = this.#operand();
      if (by !== "=" && by !== "<>") for (const operand of [left, right]) this.#refuseType(operand, by, ORDERED);
      refuseSamePath(by, [left, right], this.#kind);
      return { kind: "compare", by, left, right };
    }
    if (this.#word("BETWEEN")) {
      this.#operator();
      const from = this.#operand();
      if (!this.#word("AND")) throw this.#unexpected();
      const to = this.#operand();
      for (const operand of [from, to]) this.#refuseType(operand, "BETWEEN", ORDERED);
      checkBounds(from, to, this.#kind);
      return { kind: "between", of: left, from, to };
    }
    if (this.#word("IN")) {
      this.#operator();
      this.#expect("(");
      const list = this.#list(() => this.#operand());
      this.#expect(")");
      if (list.length > 100)
        throw this.#error(`The IN operator is provided with too many operands; number of operands: ${list.length}`);
      return { kind: "in", of: left, list };
    }
    throw this.#unexpected();
  }

  #operand(): Operand {
    const { type, text } = this.#current;
    if (type === ":value") {
      this.#at++;
      return { kind: "value", value: this.#placeholders.value(text, this.#kind) };
    }
    if (type === "name" && text === "size" && this.#tokens[this.#at + 1]?.text === "(") {
      this.#at += 2;
      this.#operator();
      const path = this.#path();
      this.#expect(")");
      return { kind: "size", path };
    }
    if (this.#symbol("(")) {
      return this.#nested(() => {
        const inner = this.#operand();
        this.#expect(")");
        return inner;
      });
    }
    return { kind: "path", path: this.#path() };
  }

  #assignment(): Update["set"][number] {
    const path = this.#path();
    this.#expect("=");
    const left = this.#setValue();
    const by = this.#symbol("+") ? "plus" : this.#symbol("-") ? "minus" : undefined;
    if (!by) return { path, value: left };
    this.#operator();
    const right = this.#setValue();
    for (const operand of [left, right]) this.#refuseSetType(operand, by === "plus" ? "+" : "-", "N");
    return { path, value: { kind: by, left, right } };
  }

  #setValue(): SetValue {
    const { type, text } = this.#current;
    if (type === "name" && this.#tokens[this.#at + 1]?.text === "(") {
      if (!UPDATE_FUNCTIONS.has(text)) {
        throw CONDITION_FUNCTIONS.has(text) || text === "size"
          ? this.#error(`The function is not allowed in an update expression; function: ${text}`)
          : this.#error(`Invalid function name; function: ${text}`);
      }
      return this.#nested(() => this.#updateFunction());
    }
    if (this.#symbol("(")) {
      return this.#nested(() => {
        const left = this.#setValue();
        const by = this.#symbol("+") ? "plus" : this.#symbol("-") ? "minus" : undefined;
        const value: SetValue = by ? { kind: by, left, right: this.#setValue() } : left;
        this.#expect(")");
        return value;
      });
    }
    return this.#operand();
  }

  #updateFunction(): SetValue {
    const { text: name } = this.#current;
    this.#at += 2;
    this.#operator();
    const operands = this.#list(() => this.#setValue());
    this.#expect(")");
    const [left, right] = operands;
    if (!left || !right || operands.length > 2) {
      throw this.#error(
        `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${operands.length}`,
      );
    }
    if (name === "if_not_exists") {
      if (left.kind !== "path") {
        throw this.#error("Operator or function requires a document path; operator or function: if_not_exists");
      }
      return { kind: "ifNotExists", path: left.path, otherwise: right };
    }
    for (const operand of [left, right]) this.#refuseSetType(operand, "list_append", "L");
    return { kind: "listAppend", left, right };
  }

  #pathAndValue(
    section: string,
    types: readonly AttributeType[],
  ): { readonly path: Path; readonly value: AttributeValue } {
    const path = this.#path();
    const { type, text } = this.#current;
    if (type !== ":value") throw this.#unexpected();
    this.#at++;
    const value = this.#placeholders.value(text, this.#kind);
    if (!types.includes(typeOf(value))) {
      throw this.#error(
        `Incorrect operand type for operator or function; operator: ${section}, operand type: ${NAMES[typeOf(value)]}, typeSet: ${TYPE_SETS[section]}`,
      );
    }
    return { path, value };
  }

  #path(): Path {
    const path: [string, ...(string | number)[]] = [this.#name()];
    for (;;) {
      if (this.#symbol(".")) path.push(this.#name());
      else if (this.#symbol("[")) {
        const { type, text } = this.#current;
        if (type !== "index") throw this.#unexpected();
        this.#at++;
        this.#expect("]");
        const index = Number(text);
        if (index >= 2 ** 31) throw this.#error(`List index is not within the allowable range; index: [${text}]`);
        path.push(index);
      } else break;
      if (path.length > MAX_PATH_PARTS)
        throw this.#error("The document path has too many nesting elements; nesting levels: 33");
    }
    return path;
  }

  #name(): string {
    const { type, text } = this.#current;
    if (type === "#name") {
      this.#at++;
      return this.#placeholders.name(text, this.#kind);
    }
    if (type !== "name") throw this.#unexpected();
    if (RESERVED_WORDS.has(text.toUpperCase())) {
      throw this.#error(`Attribute name is a reserved keyword; reserved keyword: ${text}`);
    }
    this.#at++;
    return text;
  }

  #list<Member>(member: () => Member): readonly Member[] {
    const members = [member()];
    while (this.#symbol(",")) members.push(member());
    return members;
  }

  #nested<Result>(inner: () => Result): Result {
    if (++this.#nesting > MAX_NESTING) throw this.#error("The expression has too many nested elements");
    const result = inner();
    this.#nesting--;
    return result;
  }

  #operator(): void {
    if (++this.#operators > MAX_OPERATORS) {
      throw this.#error(`The expression contains too many operators; operator count: ${MAX_OPERATORS + 1}`);
    }
  }

  #word(word: string): boolean {
    const { type, text } = this.#current;
    if (type !== "name" || text.toUpperCase() !== word) return false;
    this.#at++;
    if (word !== "IN" && word !== "BETWEEN") this.#operator();
    return true;
  }

  #symbol(symbol: string): boolean {
    const { type, text } = this.#current;
    if (type !== "symbol" || text !== symbol) return false;
    this.#at++;
    return true;
  }

  #expect(symbol: string): void {
    if (!this.#symbol(symbol)) throw this.#unexpected();
  }

  get #isAtEnd(): boolean {
    return this.#current.type === "end";
  }

  #end(): void {
    if (!this.#isAtEnd) throw this.#unexpected();
  }

  #unexpected(): Error {
    const near = [this.#tokens[this.#at - 1], this.#current, this.#tokens[this.#at + 1]].flatMap((token) =>
      token && token.type !== "end" ? [token.text] : [],
    );
    return syntaxError(this.#kind, this.#current.text, near.join(" "));
  }

  #error(reason: string): Error {
    return expressionError(this.#kind, reason);
  }

  #refuseType(operand: Operand, operator: string, types: readonly AttributeType[]): void {
    if (operand.kind !== "value" || types.includes(typeOf(operand.value))) return;
    throw this.#error(
      `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${typeOf(operand.value)}`,
    );
  }

  #refuseSetType(operand: SetValue, operator: string, type: AttributeType): void {
    if (operand.kind !== "value" || typeOf(operand.value) === type) return;
    throw this.#error(
      `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${typeOf(operand.value)}`,
    );
  }
}
