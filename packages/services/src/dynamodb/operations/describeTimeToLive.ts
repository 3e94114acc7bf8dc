import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findTable } from "../findTable.ts";
import * as words from "../words.ts";

export const describeTimeToLive = operation({
  name: "DescribeTimeToLive",
  input: structure({ TableName: words.TableName }),
  output: structure({
    TimeToLiveDescription: structure({ TimeToLiveStatus: z.string(), AttributeName: z.string().optional() }),
  }),
  errors: [ResourceNotFoundException],
  async handle({ TableName }, context, { tables }: Pick<DynamoDeps, "tables">) {
    const { timeToLive } = (await findTable({ tables }, context, TableName)).definition;
    return {
      TimeToLiveDescription:
        timeToLive === undefined
          ? { TimeToLiveStatus: "DISABLED" }
          : { TimeToLiveStatus: "ENABLED", AttributeName: timeToLive },
    };
  },
});
