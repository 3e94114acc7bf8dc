import { structure } from "@hearth/model";
import { topicArn } from "@hearth/topics";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException } from "../errors.ts";
import { cursorOf, PAGE, pageOf } from "../paging.ts";
import * as words from "../words.ts";

export const listTopics = operation({
  name: "ListTopics",
  input: structure({ NextToken: words.Text }),
  output: structure({ Topics: z.array(structure({ TopicArn: z.string() })), NextToken: z.string().optional() }),
  errors: [InvalidParameterException],
  async handle({ NextToken }, context, { topics }: Pick<SnsDeps, "topics">) {
    const found = await topics.store.list(context, { after: cursorOf(NextToken), limit: PAGE + 1 });
    const { items, token } = pageOf(found, ({ TopicName }) => TopicName);
    return { Topics: items.map((topic) => ({ TopicArn: topicArn(topic) })), ...token };
  },
});
