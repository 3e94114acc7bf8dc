import { ValidationException } from "@hearth/model";
import type { AttributeValue } from "../attributeValue.ts";
import { checkValue } from "../checkValue.ts";
import { type ExpressionKind, expressionError } from "./expressionError.ts";

const NONE: ReadonlyMap<string, never> = new Map<string, never>();

/** The ExpressionAttributeNames and ExpressionAttributeValues of a request, and which of them its expressions use. */
export class Placeholders {
  readonly #names: ReadonlyMap<string, string>;
  readonly #values: ReadonlyMap<string, AttributeValue>;
  readonly #used = new Set<string>();

  /** Throws AWS's error for names and values that cannot be such. */
  constructor(
    names: Readonly<Record<string, string>> | undefined,
    values: Readonly<Record<string, AttributeValue>> | undefined,
  ) {
    if (names && Object.keys(names).length === 0)
      throw new ValidationException("ExpressionAttributeNames must not be empty");
    if (values && Object.keys(values).length === 0)
      throw new ValidationException("ExpressionAttributeValues must not be empty");
    this.#names = names ? new Map(Object.entries(names)) : NONE;
    this.#values = values ? checkedValues(values) : NONE;
    for (const name of this.#names.keys()) {
      if (!/^#[A-Za-z0-9_]+$/.test(name)) {
        throw new ValidationException(
          `ExpressionAttributeNames contains invalid key: Syntax error; key: "${name.slice(0, 255)}"`,
        );
      }
    }
    for (const value of this.#values.keys()) {
      if (!/^:[A-Za-z0-9_]+$/.test(value)) {
        throw new ValidationException(
          `ExpressionAttributeValues contains invalid key: Syntax error; key: "${value.slice(0, 255)}"`,
        );
      }
    }
  }

  name(placeholder: string, kind: ExpressionKind): string {
    const name = this.knownName(placeholder);
    if (name === undefined) {
      throw expressionError(
        kind,
        `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`,
      );
    }
    return name;
  }

  /** As `name`; `undefined` where the request has none. */
  knownName(placeholder: string): string | undefined {
    const name = this.#names.get(placeholder);
    if (name !== undefined) this.#used.add(placeholder);
    return name;
  }

  value(placeholder: string, kind: ExpressionKind): AttributeValue {
    const value = this.knownValue(placeholder);
    if (!value) {
      throw expressionError(
        kind,
        `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
      );
    }
    return value;
  }

  /** As `value`; `undefined` where the request has none. */
  knownValue(placeholder: string): AttributeValue | undefined {
    const value = this.#values.get(placeholder);
    if (value) this.#used.add(placeholder);
    return value;
  }

  /** Throws AWS's error when a name or value is given that no expression uses. `expressions`: the names of those that the request may have. */
  checkUsed(hasExpression: boolean, expressions: string): void {
    if (hasExpression && this.#used.size === this.#names.size + this.#values.size) return;
    for (const [what, given] of [
      ["ExpressionAttributeNames", this.#names],
      ["ExpressionAttributeValues", this.#values],
    ] as const) {
      if (given.size === 0) continue;
      if (!hasExpression) {
        throw new ValidationException(
          `${what} can only be specified when using expressions${what.endsWith("Values") ? `: ${expressions} is null` : ""}`,
        );
      }
      const unused = [...given.keys()].filter((placeholder) => !this.#used.has(placeholder));
      if (unused.length > 0) {
        throw new ValidationException(`Value provided in ${what} unused in expressions: keys: {${unused.join(", ")}}`);
      }
    }
  }
}

function checkedValues(values: Readonly<Record<string, AttributeValue>>): ReadonlyMap<string, AttributeValue> {
  const checked = new Map<string, AttributeValue>();
  for (const placeholder of Object.keys(values)) {
    checked.set(placeholder, checkedValue(placeholder, values[placeholder] as AttributeValue));
  }
  return checked;
}

function checkedValue(placeholder: string, value: AttributeValue): AttributeValue {
  try {
    return checkValue(value);
  } catch (error) {
    if (!(error instanceof ValidationException)) throw error;
    throw new ValidationException(
      `ExpressionAttributeValues contains invalid value: ${error.message} for key ${placeholder}`,
    );
  }
}
