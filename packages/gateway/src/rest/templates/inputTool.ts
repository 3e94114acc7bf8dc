import type { Budget } from "./budget.ts";
import { valueAtPath } from "./jsonPath.ts";
import { parseBounded, TooManyValues } from "./parseBounded.ts";
import { jsonOf, newDictionary, textOf, Tool } from "./templateValues.ts";

/** The parameters of a request, of a repeated one the last value. */
export interface TemplateParameters {
  readonly path: Readonly<Record<string, string>>;
  readonly querystring: Readonly<Record<string, string>>;
  readonly header: Readonly<Record<string, string>>;
}

/** A template asks for a member of a body that is no JSON. */
export class BadBody extends Error {}

/** `$input`. https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html */
export class InputTool extends Tool {
  readonly #body: string;
  readonly #params: TemplateParameters;
  readonly #budget: Budget;
  #parsed: { readonly value: unknown } | undefined;

  constructor(body: string, params: TemplateParameters, budget: Budget) {
    super();
    this.#body = body;
    this.#params = params;
    this.#budget = budget;
  }

  override member(name: string): unknown {
    return name === "body" ? this.#body : undefined;
  }

  override call(name: string, [given]: readonly unknown[]): unknown {
    switch (name) {
      case "path":
        return this.#at(textOf(given, this.#budget)) ?? "";
      case "json":
        return this.#json(textOf(given, this.#budget).trim());
      case "params":
        return given === undefined
          ? newDictionary(Object.entries(this.#params))
          : this.#parameter(textOf(given, this.#budget));
      default:
        return undefined;
    }
  }

  /** The whole document stays as it was sent, so that numbers of any size are kept. */
  #json(path: string): string {
    const value = this.#at(path);
    if (path === "$" && this.#body !== "") return this.#budget.text(this.#body);
    return value === undefined ? '""' : jsonOf(value, this.#budget);
  }

  #at(path: string): unknown {
    return valueAtPath(this.#document(), path, this.#budget);
  }

  #document(): unknown {
    if (this.#parsed) return this.#parsed.value;
    let value: unknown;
    try {
      value = this.#body === "" ? {} : parseBounded(this.#body);
    } catch (error) {
      if (error instanceof TooManyValues) throw error;
      throw new BadBody(error instanceof Error ? error.message : "the body is no JSON");
    }
    this.#parsed = { value };
    return value;
  }

  #parameter(name: string): string {
    const { path, querystring, header } = this.#params;
    for (const values of [path, querystring]) if (Object.hasOwn(values, name)) return values[name] ?? "";
    const lower = name.toLowerCase();
    const known = Object.keys(header).find((one) => one.toLowerCase() === lower);
    return known === undefined ? "" : (header[known] ?? "");
  }
}
