import { Budget } from "./budget.ts";
import { InputTool, type TemplateParameters } from "./inputTool.ts";
import { Interpreter, parseTemplate } from "./interpreter.ts";
import { isDictionary, memberOf, newDictionary, textOf } from "./templateValues.ts";
import { UtilTool } from "./utilTool.ts";

/** What a template is rendered with. */
export interface TemplateInput {
  readonly template: string;
  readonly body: string;
  readonly params: TemplateParameters;
  /** `$context`. */
  readonly context: Readonly<Record<string, unknown>>;
  readonly stageVariables: Readonly<Record<string, string>>;
}

type Texts = Readonly<Record<string, string | readonly string[]>>;

/** What a template has set in `$context.requestOverride` or `$context.responseOverride`. */
export interface Overrides {
  readonly status?: number;
  readonly header: Texts;
  readonly querystring: Texts;
  readonly path: Texts;
}

export interface Rendered {
  readonly text: string;
  readonly request: Overrides | undefined;
  readonly response: Overrides | undefined;
}

const MAX_STEPS = 1_000_000;
/** Of all texts made on the way, so more than what may come out. */
const MAX_CHARACTERS = 64 * 1024 * 1024;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html */
const MAX_OUTPUT_BYTES = 10 * 1024 * 1024;
const MAX_OVERRIDES = 100;

/** Renders a mapping template. Throws when the template is wrong or asks for too much, and `BadBody` when it needs JSON and the body is none. */
export function renderTemplate({ template, body, params, context, stageVariables }: TemplateInput): Rendered {
  const budget = new Budget({ steps: MAX_STEPS, characters: MAX_CHARACTERS });
  const shown = newDictionary(Object.entries(context));
  const input = new InputTool(body, params, budget);
  const variables: [string, unknown][] = [
    ["input", input],
    ["util", new UtilTool(budget)],
    ["context", shown],
    ["stageVariables", stageVariables],
  ];
  const text = new Interpreter(variables, budget).render(parseTemplate(template));
  if (Buffer.byteLength(text) > MAX_OUTPUT_BYTES) throw new RangeError("the template's text is too long");
  return {
    text,
    request: overridesOf(shown["requestOverride"], budget),
    response: overridesOf(shown["responseOverride"], budget),
  };
}

function overridesOf(given: unknown, budget: Budget): Overrides | undefined {
  if (!isDictionary(given)) return undefined;
  const status = Number(memberOf(given, "status"));
  const texts = (kind: string): Texts => textsOf(memberOf(given, kind), budget);
  return {
    ...(Number.isInteger(status) && { status }),
    ...{ header: texts("header"), querystring: texts("querystring"), path: texts("path") },
  };
}

function textsOf(given: unknown, budget: Budget): Texts {
  const entries = isDictionary(given) ? Object.entries(given).slice(0, MAX_OVERRIDES) : [];
  const text = (value: unknown): string => textOf(value, budget);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Array.isArray(value) ? value.map(text) : text(value)]),
  );
}
