import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { TableNotes } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findTable } from "../findTable.ts";
import * as words from "../words.ts";

/** Tables are in the back-ups of the whole installation; there are none of their own, and Terraform asks for each table. */
export const describeContinuousBackups = operation({
  name: "DescribeContinuousBackups",
  input: structure({ TableName: words.TableName }),
  output: structure({
    ContinuousBackupsDescription: structure({
      ContinuousBackupsStatus: z.string(),
      PointInTimeRecoveryDescription: structure({ PointInTimeRecoveryStatus: z.string() }),
    }),
  }),
  errors: [ResourceNotFoundException],
  async handle({ TableName }, context, { tables }: TableNotes) {
    await findTable({ tables }, context, TableName);
    return {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: "DISABLED",
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: "DISABLED" },
      },
    };
  },
});
