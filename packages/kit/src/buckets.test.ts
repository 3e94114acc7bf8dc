import { expect, test } from "vitest";
import { bucketOf, type Buckets, MAX_BUCKETS, mergeBuckets, percentileOf } from "./buckets.ts";

function bucketsOf(values: readonly number[]): Buckets {
  return values.reduce<Buckets>((all, value) => mergeBuckets(all, { [bucketOf(value)]: 1 }) ?? {}, {});
}

test.for([
  [0.001, 1_000],
  [-50, 50],
  [1, 1],
])("percentiles of values between %d and %d are at most half a percent off", ([min = 0, max = 0]) => {
  const values = Array.from({ length: 1_001 }, (_, at) => min + ((max - min) * at) / 1_000);
  for (const percent of [0, 1, 10, 50, 90, 99, 99.9, 100]) {
    const exact = values[Math.max(0, Math.ceil((percent / 100) * values.length) - 1)] ?? 0;
    const found = percentileOf(bucketsOf(values), percent, { min, max });
    expect(Math.abs(found - exact), `p${percent}`).toBeLessThanOrEqual(Math.abs(exact) * 0.00502 + 1e-12);
  }
});

test.each([
  {},
  { z: 3 },
  { p12: 3, "p-450": 1, z: 2, n7: 1, "n-3": 4 },
  { p1: 0.5, p2: 1.25, p3: 2e21 },
  { "p-70000": 1, p70000: 2, n70000: 1 },
])("percentiles are the same from the text that PostgreSQL prints: %j", (buckets) => {
  const range = { min: -1e300, max: 1e300 };
  const spaced = JSON.stringify(buckets).replaceAll(":", ": ").replaceAll(",", ", ");
  for (const percent of [0, 1, 25, 50, 75, 99.9, 100]) {
    const exact = percentileOf(buckets, percent, range);
    expect(percentileOf(JSON.stringify(buckets), percent, range)).toBe(exact);
    expect(percentileOf(spaced, percent, range)).toBe(exact);
  }
});

test("a histogram of too many buckets, or of unknown ones, is unknown", () => {
  const many = Object.fromEntries(Array.from({ length: MAX_BUCKETS }, (_, at) => [`p${at}`, 1]));
  expect(mergeBuckets(many, { p0: 2 })).toMatchObject({ p0: 3 });
  expect(mergeBuckets(many, { z: 1 })).toBeUndefined();
  expect(mergeBuckets(undefined, { z: 1 })).toBeUndefined();
});
