import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";

export const describeEndpoints = operation({
  name: "DescribeEndpoints",
  input: structure({}),
  output: structure({
    Endpoints: z.array(structure({ Address: z.string(), CachePeriodInMinutes: z.number() })),
  }),
  errors: [],
  handle: async (_input, { endpoint }) => ({
    Endpoints: [{ Address: new URL(endpoint).host, CachePeriodInMinutes: 1_440 }],
  }),
});
