/** AWS allows a topic eight levels at most, which are seven slashes. https://docs.aws.amazon.com/general/latest/gr/iot-core.html */
export const MAX_TOPIC_SLASHES = 7;
export const MAX_TOPIC_BYTES = 256;

/** Whether a topic has a permitted length and number of levels. */
export function isTopicWithinLimits(topic: string): boolean {
  return Buffer.byteLength(topic) <= MAX_TOPIC_BYTES && topic.split("/").length <= MAX_TOPIC_SLASHES + 1;
}

/** Whether clients may publish to it: a topic without wildcards, characters that text cannot have, or a `$` at its start. */
export function isTopicName(topic: string): boolean {
  return topic !== "" && !/[+#\0]/.test(topic) && topic.isWellFormed();
}

/** Whether `+` and `#` stand where MQTT allows them. */
export function isTopicFilter(filter: string): boolean {
  if (filter === "" || filter.includes("\0") || !filter.isWellFormed()) return false;
  const levels = filter.split("/");
  return levels.every(
    (level, at) => !/[+#]/.test(level) || level === "+" || (level === "#" && at === levels.length - 1),
  );
}

/** A filter such as `sensors/+/temperature` or `sensors/#`. Matching takes one step for each level. */
export class TopicFilter {
  readonly filter: string;
  readonly #levels: readonly string[];

  constructor(filter: string) {
    this.filter = filter;
    this.#levels = filter.split("/");
  }

  /** `levels` are those of the topic. A wildcard at the start matches no topic that starts with `$`. */
  matches(levels: readonly string[]): boolean {
    const own = this.#levels;
    const [first = ""] = levels;
    if (first.startsWith("$") && (own[0] === "+" || own[0] === "#")) return false;
    for (let at = 0; at < own.length; at++) {
      const level = own[at];
      // `sensors/#` matches `sensors` too.
      if (level === "#") return true;
      if (at >= levels.length || (level !== "+" && level !== levels[at])) return false;
    }
    return own.length === levels.length;
  }
}
