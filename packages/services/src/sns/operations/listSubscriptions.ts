import { structure } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SnsDeps } from "../deps.ts";
import { InvalidParameterException } from "../errors.ts";
import { idCursorOf, PAGE, pageOf } from "../paging.ts";
import { shownSubscription } from "../shownSubscription.ts";
import * as words from "../words.ts";

export const listSubscriptions = operation({
  name: "ListSubscriptions",
  input: structure({ NextToken: words.Text }),
  output: structure({ Subscriptions: words.Subscriptions, NextToken: z.string().optional() }),
  errors: [InvalidParameterException],
  async handle({ NextToken }, context, { topics }: Pick<SnsDeps, "topics">) {
    const found = await topics.subscriptions.ofOwner(context, { after: idCursorOf(NextToken), limit: PAGE + 1 });
    const { items, token } = pageOf(found, ({ id }) => id);
    return { Subscriptions: items.map(shownSubscription), ...token };
  },
});
