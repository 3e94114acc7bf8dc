import { expect, test } from "vitest";
import { type EnvironmentState, TRANSITIONS, transition } from "./environmentState.ts";

test("only the transitions of the drawing are possible, and every state can reach the end", () => {
  const states = Object.keys(TRANSITIONS) as EnvironmentState[];
  for (const from of states) {
    for (const to of states) {
      if ((TRANSITIONS[from] as readonly string[]).includes(to)) expect(transition(from, to)).toBe(to);
      else expect(() => transition(from, to)).toThrow(`environment went from ${from} to ${to}`);
    }
    if (from !== "stopped" && from !== "stopping") expect(TRANSITIONS[from]).toContain("stopping");
  }
});
