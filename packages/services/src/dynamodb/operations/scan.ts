import { integer, quickStructure, ValidationException } from "@hearth/model";
import { scan as readScan } from "@hearth/tables";
import { operation } from "@hearth/wire";
import { placeholdersOf, refuseMixed } from "../conditionOf.ts";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findTable } from "../findTable.ts";
import { filterOf, indexOf, pageAnswer, selectionOf, startOf, testOf } from "../reads.ts";
import * as words from "../words.ts";
import { PageOutput, ReadMembers } from "./query.ts";

export const scan = operation({
  name: "Scan",
  isDataEvent: true,
  isInvocation: true,
  input: quickStructure({
    ...ReadMembers,
    ScanFilter: words.mapOf(words.Condition).optional(),
    TotalSegments: integer({ min: 1, max: 1_000_000 }).optional(),
    Segment: integer({ min: 0, max: 999_999 }).optional(),
  }),
  output: PageOutput,
  errors: [ResourceNotFoundException],
  async handle(input, context, { tables }: Pick<DynamoDeps, "tables">) {
    refuseMixed(input);
    const { TotalSegments, Segment } = input;
    if (TotalSegments !== undefined && Segment === undefined) {
      throw new ValidationException(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present",
      );
    }
    if (Segment !== undefined && TotalSegments === undefined) {
      throw new ValidationException(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present",
      );
    }
    if (Segment !== undefined && TotalSegments !== undefined && Segment >= TotalSegments) {
      throw new ValidationException(
        `The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: ${Segment} is not less than TotalSegments: ${TotalSegments}`,
      );
    }
    const table = await findTable({ tables }, context, input.TableName);
    const index = indexOf(table, input);
    const placeholders = placeholdersOf(input);
    const filter = filterOf(input, input.ScanFilter, input.ConditionalOperator, placeholders);
    const selection = selectionOf(table, input, index, placeholders);
    placeholders.checkUsed(
      input.FilterExpression !== undefined || input.ProjectionExpression !== undefined,
      "FilterExpression",
    );
    const page = await readScan(tables, table, {
      index,
      ...(Segment !== undefined && TotalSegments !== undefined && { segment: { at: Segment, of: TotalSegments } }),
      limit: input.Limit,
      after: startOf(table, index, input.ExclusiveStartKey),
      filter: testOf(filter),
    });
    return pageAnswer(tables, table, page, input, index, selection);
  },
});
