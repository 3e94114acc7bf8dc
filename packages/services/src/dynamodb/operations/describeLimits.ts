import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";

/** AWS's default quotas; Hearth does not limit throughput. */
export const describeLimits = operation({
  name: "DescribeLimits",
  input: structure({}),
  output: structure({
    AccountMaxReadCapacityUnits: z.number(),
    AccountMaxWriteCapacityUnits: z.number(),
    TableMaxReadCapacityUnits: z.number(),
    TableMaxWriteCapacityUnits: z.number(),
  }),
  errors: [],
  handle: async () => ({
    AccountMaxReadCapacityUnits: 80_000,
    AccountMaxWriteCapacityUnits: 80_000,
    TableMaxReadCapacityUnits: 40_000,
    TableMaxWriteCapacityUnits: 40_000,
  }),
});
