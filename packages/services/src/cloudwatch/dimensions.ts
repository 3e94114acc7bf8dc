import type { Dimensions } from "@hearth/model";
import { InvalidParameterValueException } from "./errors.ts";

type DimensionList = readonly { readonly Name: string; readonly Value: string }[];

/** Throws where a name comes twice. `where` names the parameter. */
export function toDimensions(list: DimensionList | undefined, where: string): Dimensions {
  if (!list) return NONE;
  const dimensions = new Map<string, string>();
  for (const { Name, Value } of list) {
    if (dimensions.has(Name)) {
      throw new InvalidParameterValueException(`No two dimensions may have the same name: ${Name} in ${where}.`);
    }
    dimensions.set(Name, Value);
  }
  return Object.fromEntries(dimensions);
}

const NONE: Dimensions = {};

export function fromDimensions(dimensions: Dimensions): DimensionList {
  return Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value }));
}
