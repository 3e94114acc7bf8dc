import { type Item, Parser, type Path, type Placeholders, project } from "@hearth/tables";
import { invalid } from "./errors.ts";

interface ProjectionInput {
  readonly ProjectionExpression?: string | undefined;
  readonly AttributesToGet?: readonly string[] | undefined;
}

/** The paths that a request wants, `undefined` for all attributes. Throws AWS's error. */
export function projectionOf(
  { ProjectionExpression, AttributesToGet }: ProjectionInput,
  placeholders: Placeholders,
): readonly Path[] | undefined {
  if (ProjectionExpression !== undefined)
    return new Parser(ProjectionExpression, "ProjectionExpression", placeholders).projection();
  if (AttributesToGet === undefined) return undefined;
  if (AttributesToGet.length === 0) throw invalid("AttributesToGet must not be empty");
  if (new Set(AttributesToGet).size < AttributesToGet.length) {
    throw invalid(
      `Duplicate value in attribute name: ${AttributesToGet.find((name, at) => AttributesToGet.indexOf(name) !== at)}`,
    );
  }
  return AttributesToGet.map((name) => [name] as const);
}

export function projected(item: Item, paths: readonly Path[] | undefined): Item {
  return paths ? project(item, paths) : item;
}
