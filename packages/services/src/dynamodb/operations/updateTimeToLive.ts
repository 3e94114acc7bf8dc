import { bool, structure, text, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { DynamoDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { tableKey, tableNotFound } from "../findTable.ts";
import * as words from "../words.ts";

const Specification = structure({ Enabled: bool(), AttributeName: text({ min: 1, max: 255 }) });

export const updateTimeToLive = operation({
  name: "UpdateTimeToLive",
  input: structure({ TableName: words.TableName, TimeToLiveSpecification: Specification }),
  output: structure({ TimeToLiveSpecification: Specification }),
  errors: [ResourceNotFoundException],
  async handle({ TableName, TimeToLiveSpecification }, context, { tables }: Pick<DynamoDeps, "tables">) {
    const key = tableKey(context, TableName);
    const { Enabled, AttributeName } = TimeToLiveSpecification;
    const changed = await tables.store.change(key, ({ definition: { timeToLive, ...definition } }) => {
      if (Enabled && timeToLive !== undefined) {
        throw new ValidationException(
          timeToLive === AttributeName
            ? "TimeToLive is already enabled"
            : `TimeToLive is active on a different AttributeName: current AttributeName is ${timeToLive}`,
        );
      }
      if (!Enabled && timeToLive === undefined) throw new ValidationException("TimeToLive is already disabled");
      if (!Enabled && timeToLive !== AttributeName) {
        throw new ValidationException(
          `TimeToLive is active on a different AttributeName: current AttributeName is ${timeToLive}`,
        );
      }
      return { definition: Enabled ? { ...definition, timeToLive: AttributeName } : definition };
    });
    tables.directory.forget(key);
    if (!changed) throw tableNotFound(key);
    // Items that are written from now on note it themselves.
    await tables.items.setExpiry(changed.id, Enabled ? AttributeName : undefined);
    return { TimeToLiveSpecification };
  },
});
