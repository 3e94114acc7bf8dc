const SENTENCE = /^The runtime \S+ runs on \S+ here\./;

/** The sentence in the `StateReason` of a function whose runtime is another version here. */
export function otherRuntime(runtime: string, servedBy: string): string {
  return `The runtime ${runtime} runs on ${servedBy} here.`;
}

/** The sentence of `otherRuntime` that a `StateReason` begins with, if it does. */
export function otherRuntimeIn(StateReason: string | null): string | undefined {
  return SENTENCE.exec(StateReason ?? "")?.[0];
}
