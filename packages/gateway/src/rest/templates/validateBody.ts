import { type Schema, Validator } from "@cfworker/json-schema";
import { parseBounded, TooManyValues } from "./parseBounded.ts";

/** A body and the models of the API, as the texts that they are. */
export interface BodyCheck {
  readonly body: string;
  readonly model: string;
  /** Schemas by name. A schema names another one as `https://apigateway.amazonaws.com/restapis/<api>/models/<name>`. */
  readonly models: Readonly<Record<string, string>>;
}

const REFERENCE = /^https:\/\/apigateway\.amazonaws\.com\/restapis\/[a-z0-9]+\/models\/([A-Za-z0-9]+)$/;
const MAX_KNOWN = 100;
/** As many models as an API may have lead to each other. */
const MAX_MODELS = 250;

const known = new Map<string, Validator>();

/**
 * What a model finds wrong about a body; `undefined` when nothing is. JSON schema of draft 4, interpreted: a schema of a tenant never becomes code.
 * Throws when the schema is none.
 */
export function validateBody({ body, model, models }: BodyCheck): string | undefined {
  const key = JSON.stringify([model, models]);
  let validator = known.get(key);
  if (!validator) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(key, (validator = validatorOf(model, models)));
  }
  let value: unknown;
  try {
    value = parseBounded(body);
  } catch (error) {
    if (error instanceof TooManyValues) throw error;
    return "the body is no JSON";
  }
  const { valid, errors } = validator.validate(value);
  return valid ? undefined : (errors.at(-1)?.error ?? "the body does not fit the model");
}

function validatorOf(model: string, models: BodyCheck["models"]): Validator {
  const schema = schemaOf(models[model]);
  const validator = new Validator(schema, "4");
  const waiting = referencesIn(schema);
  const added = new Set<string>();
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    const name = REFERENCE.exec(url)?.[1] ?? "";
    if (added.has(url) || added.size >= MAX_MODELS || !Object.hasOwn(models, name)) continue;
    added.add(url);
    const other = schemaOf(models[name]);
    validator.addSchema(other, url);
    waiting.push(...referencesIn(other));
  }
  return validator;
}

function schemaOf(text: string | undefined): Schema {
  const schema: unknown = parseBounded(text === undefined || text === "" ? "{}" : text);
  if (typeof schema !== "object" || schema === null || Array.isArray(schema))
    throw new TypeError("the schema is no object");
  // An id of its own would change what relative references mean.
  const { id: _, $schema: __, ...rest } = schema as Record<string, unknown>;
  return rest;
}

function referencesIn(schema: unknown): string[] {
  const found: string[] = [];
  const waiting = [schema];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (typeof value !== "object" || value === null) continue;
    const { $ref } = value as { readonly $ref?: unknown };
    if (typeof $ref === "string") found.push($ref.split("#")[0] ?? "");
    waiting.push(...Object.values(value).filter((one) => typeof one === "object" && one !== null));
  }
  return found.filter((url) => url !== "");
}
