import fc from "fast-check";
import { expect, test } from "vitest";
import { parseRouteKey, ROUTE_METHODS, type Segment } from "./routeKey.ts";
import { RouteTable } from "./routeTable.ts";

const SEED = 20_261_129;
const texts = ["a", "b", "pets", "%2e%2e", "..", "a%2Fb", "%00", "A", "*", "{", "__proto__", "constructor"];
const hostile = [
  ...texts,
  "",
  ".",
  "%2F",
  "%",
  "%zz",
  "%C3%28",
  "\u0000",
  "é",
  "a;b",
  "a#b",
  "x".repeat(5_000),
  "{id}",
];
const segment = fc.oneof(
  fc.constantFrom("a", "b", "pets", "..", "%2e%2e", "a%2Fb", "__proto__"),
  fc.constantFrom("{id}", "{other}", "{proto}"),
);
const path = fc
  .tuple(fc.array(segment, { maxLength: 4 }), fc.constantFrom("", "/{proxy+}", "/"))
  .map(([parts, end]) => `${parts.map((one) => `/${one}`).join("")}${end}` || "/");
const routeKey = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(fc.constantFrom(...ROUTE_METHODS), path).map(([method, of]) => `${method} ${of}`) },
  { weight: 1, arbitrary: fc.constant("$default") },
);
const requestPath = fc.array(fc.constantFrom(...hostile), { maxLength: 6 }).map((parts) => `/${parts.join("/")}`);
const RANK = { text: 0, variable: 1, greedy: 2 } as const;

/** Says the same as the tree, one route after the other. */
function matches(segments: readonly Segment[], parts: readonly string[]): boolean {
  for (const [at, one] of segments.entries()) {
    const part = parts[at];
    if (one.kind === "greedy") return part !== undefined && !(part === "" && at === parts.length - 1);
    if (part === undefined || (one.kind === "text" ? part !== one.text : part === "")) return false;
  }
  return segments.length === parts.length;
}

function ranksOf(key: string): readonly number[] {
  const parsed = parseRouteKey(key);
  return [...(parsed?.segments ?? []).map(({ kind }) => RANK[kind]), parsed?.method === "ANY" ? 1 : 0];
}

function moreSpecific(a: string, b: string): number {
  const [ofA, ofB] = [ranksOf(a), ranksOf(b)];
  const at = ofA.findIndex((rank, index) => rank !== ofB[index]);
  return at < 0 ? 0 : (ofA[at] ?? 0) - (ofB[at] ?? 0);
}

test("a path finds the most specific of the routes that match it, and no other one", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(routeKey, { maxLength: 12 }),
      requestPath,
      fc.constantFrom("GET", "POST", "BREW"),
      (keys, asked, method) => {
        const found = new RouteTable(keys.map((key) => [key, key])).find(method, asked);
        const parts = asked === "/" ? [] : asked.slice(1).split("/");
        const candidates = keys.filter((key) => {
          const parsed = parseRouteKey(key);
          return parsed && (parsed.method === method || parsed.method === "ANY") && matches(parsed.segments, parts);
        });
        if (candidates.length === 0) {
          expect(found?.route).toBe(keys.includes("$default") ? "$default" : undefined);
          return;
        }
        const [best = ""] = candidates.toSorted(moreSpecific);
        expect(candidates).toContain(found?.route);
        expect(ranksOf(found?.route ?? "")).toEqual(ranksOf(best));
        // The values are pieces of the path as it was sent: nothing is decoded, nothing is resolved.
        for (const value of Object.values(found?.pathParameters ?? {})) expect(asked).toContain(value);
      },
    ),
    { seed: SEED, numRuns: 3_000 },
  );
});

test("a path of a hundred thousand segments is looked up in a moment, and finds nothing that it should not", () => {
  const table = new RouteTable(["GET /a/{id}", "GET /a/{id}/b", "GET /{x}/{y}/{z}"].map((key) => [key, key]));
  expect(table.find("GET", `/${"a/".repeat(100_000)}`)).toBeUndefined();
  expect(table.find("GET", "/".repeat(100_000))).toBeUndefined();
});
