import { InvalidParameterValueException, Marker, MAX_LIST_PAGE, MaxItems, structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { callersOwn } from "../callersOwn.ts";
import type { ApiDeps } from "../deps.ts";
import { codeSigningAnswer } from "../code-signing/codeSigning.ts";
import { CodeSigningConfig } from "../code-signing/codeSigningConfig.ts";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ListCodeSigningConfigs.html */
export const listCodeSigningConfigs = operation({
  name: "ListCodeSigningConfigs",
  http: ["GET", "/2020-04-22/code-signing-configs", 200],
  query: { Marker: "Marker", MaxItems: "MaxItems" },
  input: structure({ Marker: Marker.optional(), MaxItems: MaxItems.optional() }),
  output: structure({ NextMarker: z.string(), CodeSigningConfigs: z.array(CodeSigningConfig) }).partial(),
  errors: [InvalidParameterValueException],
  async handle(input, context, { codeSigningConfigs }: Pick<ApiDeps, "codeSigningConfigs">) {
    const page = { Marker: input.Marker, MaxItems: input.MaxItems ?? MAX_LIST_PAGE };
    const { items, NextMarker } = await codeSigningConfigs.list(callersOwn(context), page);
    return {
      ...(NextMarker !== undefined && { NextMarker }),
      CodeSigningConfigs: items.map(codeSigningAnswer),
    };
  },
});
