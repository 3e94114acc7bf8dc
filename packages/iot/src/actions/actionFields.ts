import { IotTemplate } from "@hearth/patterns";
import { InvalidIotAction, type ActionInput } from "./ruleAction.ts";

/** The settings of an action, read with a check of each. */
export class ActionFields {
  readonly #name: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(name: string, values: Readonly<Record<string, unknown>>) {
    this.#name = name;
    this.#values = values;
  }

  /** Throws InvalidIotAction when it is missing or no text. */
  text(field: string): string {
    const value = this.optionalText(field);
    if (value === undefined || value === "") throw new InvalidIotAction(`${this.#name}.${field} is missing`);
    return value;
  }

  optionalText(field: string): string | undefined {
    const value = this.#values[field];
    if (value !== undefined && typeof value !== "string") {
      throw new InvalidIotAction(`${this.#name}.${field} must be a text`);
    }
    return value;
  }

  /** A text with substitution templates. Throws IotSqlError. */
  template(field: string): (input: Pick<ActionInput, "message" | "budget">) => string {
    const template = new IotTemplate(this.text(field));
    return ({ message, budget }) => template.fill(message, budget);
  }

  optionalTemplate(field: string): ((input: Pick<ActionInput, "message" | "budget">) => string) | undefined {
    return this.optionalText(field) === undefined ? undefined : this.template(field);
  }

  roleArn(): string {
    return this.text("roleArn");
  }

  flag(field: string): boolean {
    return this.#values[field] === true;
  }

  value(field: string): unknown {
    return this.#values[field];
  }
}
