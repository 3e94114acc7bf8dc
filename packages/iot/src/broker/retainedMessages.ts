import type { AccountRegion } from "@hearth/model";
import { TopicFilter } from "@hearth/patterns";
import type { IotRetainedStore } from "@hearth/store";
import type { AedesPublishPacket } from "aedes";

const PAGE = 100;

/** The retained messages whose topics one of the filters matches, each once, read page by page. */
export async function* retainedMessages(
  where: AccountRegion,
  filters: readonly string[],
  store: Pick<IotRetainedStore, "withPrefix">,
): AsyncGenerator<AedesPublishPacket> {
  const sent = new Set<string>();
  for (const text of new Set(filters)) {
    const filter = new TopicFilter(text);
    const wildcard = text.search(/[+#]/);
    // `a/#` matches `a` too, so that the slash before # is not part of the prefix.
    const prefix = wildcard < 0 ? text : text.slice(0, text[wildcard] === "#" ? Math.max(0, wildcard - 1) : wildcard);
    for (let after: string | undefined; ;) {
      const page = await store.withPrefix(where, prefix, { after, limit: PAGE });
      for (const { topic, payload, qos } of page) {
        if (sent.has(topic) || !filter.matches(topic.split("/"))) continue;
        sent.add(topic);
        yield {
          cmd: "publish",
          topic,
          payload: Buffer.from(payload),
          qos,
          retain: true,
          dup: false,
        } as AedesPublishPacket;
      }
      after = page.at(-1)?.topic;
      if (page.length < PAGE) break;
    }
  }
}
