import { exceedsJson } from "@hearth/kit";
import { JSON_SCHEMA, load, YAMLException } from "js-yaml";
import { BadRequestException } from "../../apigatewayv2/errors.ts";

/** An object of a document that a client wrote: nothing is known about its members. */
export type Node = Readonly<Record<string, unknown>>;

/** YAML is read slowly, while nothing else is done: a definition in it must be smaller than one in JSON. */
const MAX_YAML_BYTES = 512 * 1024;
const MAX_DEPTH = 100;
/** Values in a document. With aliases a short text can mean many. */
const MAX_VALUES = 500_000;

/** Reads a definition in JSON or YAML. Throws BadRequestException for what is neither. */
export function readDocument(body: Uint8Array): Node {
  const text = new TextDecoder().decode(body);
  const isJson = /^\s*\{/.test(text);
  const excess = isJson ? exceedsJson(body, { depth: MAX_DEPTH, values: 2 * MAX_VALUES }) : undefined;
  if (excess === "depth") throw unreadable("Invalid OpenAPI input: it is nested too deeply");
  if (excess === "values") throw unreadable("Invalid OpenAPI input: it has too many values");
  const value = isJson ? readJson(text) : readYaml(text);
  if (!isNode(value)) throw unreadable("Unable to parse API definition because of a malformed integration or document");
  checkSize(value);
  return value;
}

function unreadable(message: string): BadRequestException {
  return new BadRequestException(message);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw unreadable(`Invalid OpenAPI input: ${(error as SyntaxError).message}`);
  }
}

function readYaml(text: string): unknown {
  if (text.length > MAX_YAML_BYTES) {
    throw unreadable("A definition in YAML can have 512 KB at most: use JSON for a larger one");
  }
  try {
    return load(text, { schema: JSON_SCHEMA, maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw unreadable(`Invalid OpenAPI input: ${error.reason}`);
  }
}

/** An alias is the same object in several places, so that values are counted before they are followed. */
function checkSize(value: unknown): void {
  let level: unknown[] = [value];
  let values = 0;
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) throw unreadable("Invalid OpenAPI input: it is nested too deeply");
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one !== "object" || one === null) continue;
      const members = Object.values(one);
      values += members.length;
      if (values > MAX_VALUES) throw unreadable("Invalid OpenAPI input: it has too many values");
      for (const member of members) next.push(member);
    }
    level = next;
  }
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value where it is an object, otherwise an empty one. */
export function nodeOf(value: unknown): Node {
  return isNode(value) ? value : {};
}

/** An own member of an object. */
export function memberOf(node: Node, name: string): unknown {
  return Object.hasOwn(node, name) ? node[name] : undefined;
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The elements of a list that are objects. */
export function nodesOf(value: unknown): readonly Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}
