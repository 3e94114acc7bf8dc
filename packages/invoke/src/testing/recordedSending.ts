import type { OutgoingMessage } from "@hearth/model";
import type { Sending } from "../async/sending.ts";

/** Keeps what it is given, and sends nothing. A message is in `committed` when the settlement that caused it is committed. */
export class RecordedSending implements Sending {
  readonly committed: OutgoingMessage[] = [];

  prepare(messages: readonly OutgoingMessage[]): ReturnType<Sending["prepare"]> {
    return Promise.resolve({
      write: () => Promise.resolve(),
      committed: () => {
        this.committed.push(...messages);
      },
    });
  }
}
