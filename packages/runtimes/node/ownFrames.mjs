// What functions see of stacks does not show the runtime's own frames.

// This file's folder, as stacks spell it. The SDK in its node_modules is not the runtime's own.
const FOLDER = new URL(".", import.meta.url).href;
const escaped = FOLDER.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
const OWN_FRAME = new RegExp(`^ +at .*${escaped}[A-Za-z]+\\.mjs:\\d+:\\d+\\)?$`);

/** The lines of a stack, or of a text that has one in it, without those about the runtime's own files. */
export function withoutOwnFrames(text) {
  if (!text.includes(FOLDER)) return text;
  return text
    .split("\n")
    .filter((line) => !OWN_FRAME.test(line))
    .join("\n");
}
