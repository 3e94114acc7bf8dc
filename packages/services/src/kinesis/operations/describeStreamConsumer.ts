import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import { shownConsumer } from "../answers.ts";
import type { KinesisDeps } from "../deps.ts";
import { InvalidArgumentException, ResourceNotFoundException } from "../errors.ts";
import { findConsumer, NamedConsumer } from "../findConsumer.ts";
import * as words from "../words.ts";

export const describeStreamConsumer = operation({
  name: "DescribeStreamConsumer",
  input: structure(NamedConsumer),
  output: structure({ ConsumerDescription: structure({ ...words.Consumer, StreamARN: z.string() }) }),
  errors: [InvalidArgumentException, ResourceNotFoundException],
  async handle(input, context, deps: Pick<KinesisDeps, "streams">) {
    const { stream, consumer } = await findConsumer(deps, context, input);
    return { ConsumerDescription: { ...shownConsumer(stream, consumer), StreamARN: stream.arn } };
  },
});
