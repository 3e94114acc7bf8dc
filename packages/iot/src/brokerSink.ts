import type { Publication } from "./publication.ts";

/** Takes messages for the subscribers of a broker in this process. */
export interface BrokerSink {
  deliver(publication: Publication): void;
}

/** The brokers of this process; it has none unless a setting starts one. */
export class BrokerSinks implements BrokerSink {
  readonly #sinks = new Set<BrokerSink>();

  add(sink: BrokerSink): Disposable {
    this.#sinks.add(sink);
    return { [Symbol.dispose]: () => void this.#sinks.delete(sink) };
  }

  deliver(publication: Publication): void {
    for (const sink of this.#sinks) sink.deliver(publication);
  }
}
