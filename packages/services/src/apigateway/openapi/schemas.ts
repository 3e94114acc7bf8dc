import { createHash } from "node:crypto";
import { type ImportedModel } from "./importedApi.ts";
import { isNode, type Node, textOf } from "./readDocument.ts";

const REFERENCE = /^#\/(?:definitions|components\/schemas)\/([A-Za-z0-9]+)$/;

/** The models of a definition: those with names, and those that operations write in their own place. */
export class Models {
  readonly #models = new Map<string, ImportedModel>();
  readonly #apiId: string;

  constructor(apiId: string, named: Node) {
    this.#apiId = apiId;
    for (const [name, schema] of Object.entries(named)) {
      if (isNode(schema)) this.#add(name, schema);
    }
  }

  get all(): ReadonlyMap<string, ImportedModel> {
    return this.#models;
  }

  /** The name of the model for a schema; `undefined` where there is no schema. */
  nameOf(schema: unknown): string | undefined {
    if (!isNode(schema)) return undefined;
    const named = REFERENCE.exec(textOf(schema["$ref"]) ?? "")?.[1];
    if (named !== undefined) return named;
    const digest = createHash("sha256").update(JSON.stringify(schema)).digest("hex");
    const name = `MODEL${digest.slice(0, 12)}`;
    this.#add(name, schema);
    return name;
  }

  #add(name: string, schema: Node): void {
    const description = textOf(schema["description"]);
    const rewritten = this.#withReferences(schema) as Node;
    this.#models.set(name, { schema: rewritten, ...(description !== undefined && { description }) });
  }

  /** A schema refers to another model by the URL of API Gateway. */
  #withReferences(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((one) => this.#withReferences(one));
    if (!isNode(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) => {
        const name = key === "$ref" ? REFERENCE.exec(textOf(member) ?? "")?.[1] : undefined;
        return [key, name === undefined ? this.#withReferences(member) : modelUrl(this.#apiId, name)];
      }),
    );
  }
}

export function modelUrl(apiId: string, name: string): string {
  return `https://apigateway.amazonaws.com/restapis/${apiId}/models/${name}`;
}
