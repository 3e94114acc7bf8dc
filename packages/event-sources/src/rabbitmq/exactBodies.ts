import type { Channel } from "rabbitmq-client";

interface HeaderFrame {
  readonly fields: { contentEncoding?: string | undefined };
}

interface ChannelInternals {
  _onHeader(frame: HeaderFrame): void;
}

/** Stands for a content encoding that is not there. */
export const NO_ENCODING = "\0none";

/**
 * Makes a channel deliver bodies as the bytes that they are. By itself the library turns `text/plain` into a text and parses `application/json`, unless there is a
 * content encoding, and it has no option against that: large numbers and bytes that are not UTF-8 would be lost. Messages without a content encoding
 * have NO_ENCODING then.
 */
export function exactBodies(channel: Channel): void {
  const internals = channel as unknown as ChannelInternals;
  const onHeader = internals._onHeader.bind(channel);
  internals._onHeader = (frame) => {
    frame.fields.contentEncoding ??= NO_ENCODING;
    onHeader(frame);
  };
}
