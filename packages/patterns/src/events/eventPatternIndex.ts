import { areConsistent, placeOf } from "./consistentArrays.ts";
import { type ArrayElement, depthOf, EventFields, type FieldValue } from "./eventFields.ts";
import type { Branch, EventPattern, FieldCondition, ValueTest } from "./eventPattern.ts";
import { FieldIndex } from "./fieldIndex.ts";
import { ValueMatcher } from "./valueMatcher.ts";

interface IndexedCondition {
  readonly id: number;
  readonly field: number;
  readonly tests: readonly ValueTest[];
  readonly matcher: ValueMatcher;
  /** The event for which `holds` is known. */
  event: number;
  holds: boolean;
}

interface IndexedBranch<T> {
  readonly conditions: readonly IndexedCondition[];
  readonly owners: Set<T>;
  event: number;
}

/**
 * What comparing the elements of arrays may cost for one event, over all patterns: the depths of all values that are compared. A pattern beyond it does not
 * match. An event of 1 MB could otherwise take gigabytes and minutes.
 */
const MAX_STEPS = 2_000_000;

/** AWS reads no JSON that is nested deeper. The comparison calls itself at each depth. */
const MAX_DEPTH = 1_000;

type Values = ReadonlyMap<number, readonly FieldValue[]>;

/**
 * Finds which of many patterns match an event. Each branch of a pattern is filed under one of its conditions, the one that the fewest branches
 * share; an event looks up its values and checks the other conditions only of the branches that it finds there. Equal conditions are evaluated
 * once per event, and equal branches are one.
 */
export class EventPatternIndex<T> {
  readonly #fields = new EventFields();
  readonly #indexes = new Map<number, FieldIndex<IndexedBranch<T>>>();
  /** Branches that may match without any of their fields, because all of their conditions accept absence. */
  readonly #always: IndexedBranch<T>[] = [];
  #event = 0;
  /** For the present event. */
  #stepsLeft = MAX_STEPS;

  constructor(patterns: Iterable<readonly [EventPattern, T]>) {
    const branches = this.#branchesOf(patterns);
    const sharing = countSharing(branches);
    for (const branch of branches) this.#file(branch, sharing);
  }

  /** The owners of the patterns that match. */
  match(event: unknown): ReadonlySet<T> {
    const matching = new Set<T>();
    const values = this.#fields.valuesIn(event);
    this.#event += 1;
    this.#stepsLeft = MAX_STEPS;
    const check = (branches: readonly IndexedBranch<T>[]): void => {
      for (const branch of branches) {
        if (branch.event === this.#event) continue;
        branch.event = this.#event;
        if (this.#matches(branch, values)) for (const owner of branch.owners) matching.add(owner);
      }
    };
    check(this.#always);
    for (const [field, found] of values) {
      const index = this.#indexes.get(field);
      if (index) for (const { value } of found) index.find(value, check);
    }
    return matching;
  }

  #branchesOf(patterns: Iterable<readonly [EventPattern, T]>): readonly IndexedBranch<T>[] {
    const conditions = new Map<string, IndexedCondition>();
    const branches = new Map<string, IndexedBranch<T>>();
    const conditionOf = ({ path, tests }: FieldCondition): IndexedCondition => {
      const key = JSON.stringify([path, tests], (name, value: unknown) => {
        if (name === "borders") return undefined; // they follow from the literals
        return typeof value === "bigint" ? `${value}n` : value;
      });
      let condition = conditions.get(key);
      if (!condition) {
        const field = this.#fields.numberOf(path);
        condition = { id: conditions.size, field, tests, matcher: new ValueMatcher(tests), event: 0, holds: false };
        conditions.set(key, condition);
      }
      return condition;
    };
    for (const [pattern, owner] of patterns) {
      for (const branch of pattern.branches as readonly Branch[]) {
        const indexed = branch.map(conditionOf).sort((a, b) => a.id - b.id);
        const key = indexed.map(({ id }) => id).join();
        const known = branches.get(key);
        if (known) known.owners.add(owner);
        else branches.set(key, { conditions: indexed, owners: new Set([owner]), event: 0 });
      }
    }
    return [...branches.values()];
  }

  #file(branch: IndexedBranch<T>, sharing: ReadonlyMap<string, number>): void {
    let best: IndexedCondition | undefined;
    let fewest = Infinity;
    for (const condition of branch.conditions) {
      if (condition.matcher.matchesAbsence) continue;
      const shared = condition.tests.reduce((sum, test) => sum + (sharing.get(keyOf(condition, test)) ?? 0), 0);
      // What only excludes values, or accepts all, is found with nearly every event.
      const cost = condition.tests.some(isBroad) ? shared + 1e9 : shared;
      if (cost < fewest) [best, fewest] = [condition, cost];
    }
    if (!best) {
      this.#always.push(branch);
      return;
    }
    let index = this.#indexes.get(best.field);
    if (!index) this.#indexes.set(best.field, (index = new FieldIndex()));
    for (const test of best.tests) index.add(test, branch);
  }

  #matches({ conditions }: IndexedBranch<T>, values: Values): boolean {
    let inArrays = 0;
    for (const condition of conditions) {
      const found = values.get(condition.field);
      if (condition.event !== this.#event) {
        condition.event = this.#event;
        condition.holds = found
          ? found.some(({ value }) => condition.matcher.matches(value))
          : condition.matcher.matchesAbsence;
      }
      if (!condition.holds) return false;
      if (found?.[0]?.element) inArrays++;
    }
    if (inArrays < 2) return true;
    const places = conditions.flatMap((condition) => placesOf(condition, values));
    const steps = stepsOf(places);
    if (steps > this.#stepsLeft) return false;
    this.#stepsLeft -= steps;
    return areConsistent(places.map((each) => each.map(placeOf)));
  }
}

type Elements = readonly (ArrayElement | undefined)[];

/** The innermost elements with the values that the condition accepts; nothing for a condition about absence. */
function placesOf({ field, matcher }: IndexedCondition, values: Values): readonly Elements[] {
  const found = values.get(field);
  if (!found) return [];
  return [found.filter(({ value }) => matcher.matches(value)).map(({ element }) => element)];
}

function stepsOf(conditions: readonly Elements[]): number {
  let steps = 0;
  for (const elements of conditions) {
    for (const element of elements) {
      const depth = depthOf(element);
      if (depth > MAX_DEPTH) return Infinity;
      steps += depth;
    }
  }
  return steps;
}

function countSharing<T>(branches: readonly IndexedBranch<T>[]): ReadonlyMap<string, number> {
  const sharing = new Map<string, number>();
  for (const { conditions } of branches) {
    for (const condition of conditions) {
      for (const test of condition.tests) {
        const key = keyOf(condition, test);
        sharing.set(key, (sharing.get(key) ?? 0) + 1);
      }
    }
  }
  return sharing;
}

/** What tests have in common that an event finds by the same look-up. */
function keyOf({ field }: IndexedCondition, test: ValueTest): string {
  switch (test.kind) {
    case "equals":
      return `${field}=${typeof test.value}${test.value}`;
    case "ignoreCase":
      return `${field}~${test.folded}`;
    case "prefix":
    case "suffix":
      return `${field}${test.kind}${test.text}`;
    case "wildcard":
      return `${field}*${test.wildcard.literals.join("*")}`;
    case "ip":
      return `${field}/${test.first}/${test.prefixLength}`;
    default:
      return `${field}${test.kind}`;
  }
}

function isBroad({ kind }: ValueTest): boolean {
  return kind === "anythingBut" || kind === "exists";
}
