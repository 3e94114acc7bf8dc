import { foldCase, type ValueTest } from "./eventPattern.ts";
import { passesTest, type Scalar } from "./passesTest.ts";

/** The tests of one field, prepared so that any number of exact values costs one look-up per value of an event. */
export class ValueMatcher {
  readonly #equal = new Set<Scalar>();
  readonly #folded = new Set<string>();
  readonly #notAny: ValueMatcher[] = [];
  readonly #others: ValueTest[] = [];
  /** Whether the tests also hold for an event without the field. */
  readonly matchesAbsence: boolean;

  constructor(tests: readonly ValueTest[]) {
    for (const test of tests) {
      if (test.kind === "equals") this.#equal.add(test.value);
      else if (test.kind === "ignoreCase") this.#folded.add(test.folded);
      else if (test.kind === "anythingBut") this.#notAny.push(new ValueMatcher(test.tests));
      else this.#others.push(test);
    }
    this.matchesAbsence = tests.some((test) => test.kind === "exists" && !test.exists);
  }

  matches(value: Scalar): boolean {
    return (
      this.#equal.has(value) ||
      (this.#folded.size > 0 && typeof value === "string" && this.#folded.has(foldCase(value))) ||
      this.#notAny.some((matcher) => !matcher.matches(value)) ||
      this.#others.some((test) => passesTest(test, value))
    );
  }
}
