import { parsedJson } from "@hearth/kit";
import { Budget } from "../rest/templates/budget.ts";
import { valueAtPath } from "../rest/templates/jsonPath.ts";

/** A path looks at so many values at most: it is evaluated on the thread that serves everybody. */
const MAX_STEPS = 20_000;
const UNLIMITED_TEXT = Number.MAX_SAFE_INTEGER;

/** A text that may be JSON: the body of a message, or of the answer of an integration. It is parsed once, when a part of it is first asked for. */
export class MessageBody {
  readonly text: string;
  #parsed: { readonly value: unknown } | undefined;

  constructor(text: string) {
    this.text = text;
  }

  static of(bytes: Uint8Array): MessageBody {
    return new MessageBody(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  }

  /** The value at a JSONPath such as `a.b` or `$.a[0]`; `undefined` when the body is no JSON or has none there. */
  at(path: string): unknown {
    this.#parsed ??= { value: parsedJson(Buffer.from(this.text)) };
    try {
      return valueAtPath(this.#parsed.value, path, new Budget({ steps: MAX_STEPS, characters: UNLIMITED_TEXT }));
    } catch {
      return undefined; // the path is none, or leads through too much
    }
  }
}
