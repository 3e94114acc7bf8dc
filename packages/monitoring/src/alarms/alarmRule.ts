import type { AlarmState } from "@hearth/store";

/** The rule of a composite alarm. */
export type AlarmRule =
  | { readonly kind: "constant"; readonly value: boolean }
  | { readonly kind: "state"; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: "not"; readonly rule: AlarmRule }
  | { readonly kind: "and" | "or"; readonly rules: readonly AlarmRule[] };

/** What is wrong with a rule, in words for its author. */
export class AlarmRuleError extends Error {
  override readonly name = "AlarmRuleError";
}

const MAX_DEPTH = 64;
const STATES: readonly string[] = ["ALARM", "OK", "INSUFFICIENT_DATA"];

/** Throws AlarmRuleError. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html */
export function parseAlarmRule(source: string): AlarmRule {
  return new Parser(source).whole();
}

class Parser {
  readonly #source: string;
  #at = 0;
  #depth = 0;

  constructor(source: string) {
    this.#source = source;
  }

  whole(): AlarmRule {
    const rule = this.#any();
    this.#space();
    if (this.#at < this.#source.length) throw this.#unexpected();
    return rule;
  }

  #any(): AlarmRule {
    return this.#joined("or", "OR", () => this.#joined("and", "AND", () => this.#one()));
  }

  #joined(kind: "and" | "or", word: string, part: () => AlarmRule): AlarmRule {
    const first = part();
    const rules = [first];
    while (this.#word(word)) rules.push(part());
    return rules.length === 1 ? first : { kind, rules };
  }

  #one(): AlarmRule {
    if (++this.#depth > MAX_DEPTH) throw new AlarmRuleError(`it is nested more than ${MAX_DEPTH} times`);
    try {
      if (this.#word("NOT")) return { kind: "not", rule: this.#one() };
      if (this.#word("TRUE")) return { kind: "constant", value: true };
      if (this.#word("FALSE")) return { kind: "constant", value: false };
      if (this.#sign("(")) {
        const rule = this.#any();
        this.#expect(")");
        return rule;
      }
      const state = STATES.find((name) => this.#word(name));
      if (state === undefined) throw this.#unexpected();
      this.#expect("(");
      const alarm = this.#alarm();
      this.#expect(")");
      return { kind: "state", state: state as AlarmState, alarm };
    } finally {
      this.#depth--;
    }
  }

  #alarm(): string {
    this.#space();
    const isQuoted = this.#source[this.#at] === '"';
    if (isQuoted) this.#at++;
    let name = "";
    for (; this.#at < this.#source.length; this.#at++) {
      const character = this.#source[this.#at] as string;
      if (isQuoted ? character === '"' : character === ")") break;
      if (isQuoted && character === "\\") this.#at++;
      name += this.#source[this.#at] ?? "";
    }
    if (isQuoted) this.#expect('"');
    else name = name.trim();
    if (name === "") throw this.#unexpected();
    return name;
  }

  #space(): void {
    while (this.#at < this.#source.length && " \t\r\n".includes(this.#source[this.#at] as string)) this.#at++;
  }

  #word(word: string): boolean {
    this.#space();
    const end = this.#at + word.length;
    const next = this.#source[end] ?? " ";
    if (!this.#source.startsWith(word, this.#at) || /[A-Za-z0-9_]/.test(next)) return false;
    this.#at = end;
    return true;
  }

  #sign(sign: string): boolean {
    this.#space();
    if (this.#source[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#sign(sign)) throw this.#unexpected();
  }

  #unexpected(): AlarmRuleError {
    return new AlarmRuleError(`it cannot be read at position ${this.#at + 1}`);
  }
}

/** The alarms that a rule names, as it names them: by name or ARN. */
export function alarmsIn(rule: AlarmRule): readonly string[] {
  switch (rule.kind) {
    case "state":
      return [rule.alarm];
    case "not":
      return alarmsIn(rule.rule);
    case "and":
    case "or":
      return rule.rules.flatMap(alarmsIn);
    default:
      return [];
  }
}

/** An alarm that does not exist is in no state. */
export function evaluateAlarmRule(rule: AlarmRule, stateOf: (alarm: string) => AlarmState | undefined): boolean {
  switch (rule.kind) {
    case "constant":
      return rule.value;
    case "state":
      return stateOf(rule.alarm) === rule.state;
    case "not":
      return !evaluateAlarmRule(rule.rule, stateOf);
    case "and":
      return rule.rules.every((one) => evaluateAlarmRule(one, stateOf));
    case "or":
      return rule.rules.some((one) => evaluateAlarmRule(one, stateOf));
  }
}
