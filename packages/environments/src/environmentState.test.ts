import { expect, test } from "vitest";
import { type EnvironmentState, TRANSITIONS, transition } from "./environmentState.ts";

type Name = EnvironmentState["name"];
/** Only the name matters to a transition. */
const named = (name: Name): EnvironmentState => ({ name }) as EnvironmentState;

test("only the transitions of the table are possible, and every state can reach the end", () => {
  const names = Object.keys(TRANSITIONS) as Name[];
  for (const from of names) {
    for (const to of names) {
      const next = named(to);
      if ((TRANSITIONS[from] as readonly string[]).includes(to)) expect(transition(named(from), next)).toBe(next);
      else expect(() => transition(named(from), next)).toThrow(`environment went from ${from} to ${to}`);
    }
    if (from !== "stopped" && from !== "stopping") expect(TRANSITIONS[from]).toContain("stopping");
  }
});
