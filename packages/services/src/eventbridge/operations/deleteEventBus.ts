import { DEFAULT_BUS } from "@hearth/buses";
import { structure, ValidationException } from "@hearth/model";
import { operation } from "@hearth/wire";
import type { EventBridgeDeps } from "../deps.ts";
import { busKeyOf } from "../findBus.ts";
import * as words from "../words.ts";

export const deleteEventBus = operation({
  name: "DeleteEventBus",
  input: structure({ Name: words.EventBusNameOrArn }),
  errors: [],
  async handle({ Name }, context, { buses, directory }: Pick<EventBridgeDeps, "buses" | "directory">) {
    const key = busKeyOf(context, Name);
    if (key.bus === DEFAULT_BUS) throw new ValidationException("Cannot delete event bus default.");
    // Its rules go with it. A bus that does not exist is no error.
    await buses.delete(key);
    directory.forget(key);
    return undefined;
  },
});
