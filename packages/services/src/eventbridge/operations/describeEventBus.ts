import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { shownBus } from "../shownBus.ts";
import type { EventBridgeDeps } from "../deps.ts";
import { ResourceNotFoundException } from "../errors.ts";
import { findBus } from "../findBus.ts";
import * as words from "../words.ts";
import { BusSettings } from "./createEventBus.ts";

export const describeEventBus = operation({
  name: "DescribeEventBus",
  input: structure({ Name: words.EventBusNameOrArn.optional() }),
  output: structure({
    Name: z.string(),
    Arn: z.string(),
    ...BusSettings,
    Policy: z.string().optional(),
    CreationTime: words.Seconds,
    LastModifiedTime: words.Seconds,
  }),
  errors: [ResourceNotFoundException],
  async handle({ Name }, context, deps: Pick<EventBridgeDeps, "buses">) {
    const bus = await findBus(deps, context, Name);
    return { ...bus.settings, ...shownBus(bus) };
  },
});
