import { type BinaryOperator, type Expression, ExpressionError } from "./expression.ts";
import { type Token, tokensOf } from "./tokens.ts";

const MAX_LENGTH = 2_048;
const MAX_DEPTH = 64;

/** Operators by how tightly they bind, the loosest first; all but `^` bind to the left. */
const LEVELS: readonly Readonly<Record<string, BinaryOperator>>[] = [
  { "||": "OR", OR: "OR" },
  { "&&": "AND", AND: "AND" },
  { "==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=" },
  { "+": "+", "-": "-" },
  { "*": "*", "/": "/" },
];

/** Throws ExpressionError. The time is proportional to the length. */
export function parseExpression(source: string): Expression {
  if (source.length > MAX_LENGTH) throw new ExpressionError(`it is longer than ${MAX_LENGTH} characters`);
  return new Parser(tokensOf(source)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Expression {
    const expression = this.#level(0);
    if (this.#next.kind !== "end") throw unexpected(this.#next);
    return expression;
  }

  get #next(): Token {
    return this.#tokens[this.#at] as Token;
  }

  #level(level: number): Expression {
    const operators = LEVELS[level];
    if (!operators) return this.#power();
    let left = this.#level(level + 1);
    for (;;) {
      const operator = Object.hasOwn(operators, this.#next.text) ? operators[this.#next.text] : undefined;
      if (operator === undefined || this.#next.kind === "text") return left;
      this.#at++;
      left = { kind: "binary", operator, left, right: this.#level(level + 1) };
    }
  }

  #power(): Expression {
    const base = this.#unary();
    if (!this.#takes("^")) return base;
    return { kind: "binary", operator: "^", left: base, right: this.#nested(() => this.#power()) };
  }

  #unary(): Expression {
    if (!this.#takes("-")) return this.#primary();
    return { kind: "negate", operand: this.#nested(() => this.#unary()) };
  }

  #primary(): Expression {
    const token = this.#next;
    this.#at++;
    if (token.kind === "number") return { kind: "number", value: Number(token.text) };
    if (token.kind === "text") return { kind: "text", text: token.text };
    if (token.kind === "name") return this.#named(token.text);
    if (token.kind === "sign" && token.text === "(") {
      const inner = this.#nested(() => this.#level(0));
      this.#expect(")");
      return inner;
    }
    if (token.kind === "sign" && token.text === "[") return { kind: "list", items: this.#until("]") };
    throw unexpected(token);
  }

  #named(name: string): Expression {
    if (this.#takes("(")) return { kind: "call", name: name.toUpperCase(), args: this.#until(")") };
    const first = name[0] ?? "";
    return first >= "a" && first <= "z" ? { kind: "id", id: name } : { kind: "word", word: name };
  }

  #until(end: string): readonly Expression[] {
    const items: Expression[] = [];
    if (this.#takes(end)) return items;
    do items.push(this.#nested(() => this.#level(0)));
    while (this.#takes(","));
    this.#expect(end);
    return items;
  }

  #nested(parse: () => Expression): Expression {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError(`it is nested more than ${MAX_DEPTH} times`);
    const inner = parse();
    this.#depth--;
    return inner;
  }

  #takes(sign: string): boolean {
    const { kind, text } = this.#next;
    if (kind !== "sign" || text !== sign) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw unexpected(this.#next);
  }
}

function unexpected({ text }: Token): ExpressionError {
  return new ExpressionError(`'${text}' is not expected`);
}
