import { busArn } from "@hearth/buses";
import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { EventBridgeDeps } from "../deps.ts";
import { busNotFound, ResourceNotFoundException } from "../errors.ts";
import { findBus } from "../findBus.ts";
import * as words from "../words.ts";
import { BusSettings } from "./createEventBus.ts";

export const updateEventBus = operation({
  name: "UpdateEventBus",
  input: structure({ Name: words.EventBusName.optional(), ...BusSettings }),
  output: structure({ Arn: z.string(), Name: z.string(), ...BusSettings }),
  errors: [ResourceNotFoundException],
  async handle({ Name, ...settings }, context, deps: Pick<EventBridgeDeps, "buses" | "directory">) {
    const bus = await findBus(deps, context, Name);
    const changed = await deps.buses.change(bus, () => ({ settings }));
    deps.directory.forget(bus);
    if (!changed) throw busNotFound(bus.bus);
    return { Arn: busArn(bus), Name: bus.bus, ...settings };
  },
});
