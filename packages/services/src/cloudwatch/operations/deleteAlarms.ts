import { structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { deleteTexts } from "../alarmHistoryTexts.ts";
import type { CloudWatchDeps } from "../deps.ts";
import { ResourceNotFound } from "../errors.ts";
import * as words from "../words.ts";

/** All of them, or none. */
export const deleteAlarms = operation({
  name: "DeleteAlarms",
  input: structure({ AlarmNames: words.AlarmNames }),
  errors: [ResourceNotFound, ValidationException],
  async handle({ AlarmNames }, context, { alarms, clock }: Pick<CloudWatchDeps, "alarms" | "clock">) {
    for (const name of AlarmNames) {
      const parents = await alarms.list(context, { kinds: ["CompositeAlarm"], parentsOf: name, after: "", limit: 100 });
      const others = parents.map((parent) => parent.AlarmName).filter((parent) => !AlarmNames.includes(parent));
      if (others.length === 0) continue;
      throw new ValidationException(
        `The alarm ${name} cannot be deleted: it is in the rules of the composite alarms [${others.join(", ")}].`,
      );
    }
    const missing = await alarms.delete(context, AlarmNames, deleteTexts, clock.now());
    if (missing.length > 0 && AlarmNames.length === 1) {
      throw new ResourceNotFound(`Alarm ${missing.join(", ")} does not exist`);
    }
    if (missing.length > 0) throw new ResourceNotFound(`Alarms ${missing.join(", ")} do not exist`);
    return undefined;
  },
});
