/** How often values occurred, in buckets whose bounds grow by 1 %: bucket ─▶ number of values. */
export type Buckets = Readonly<Record<string, number>>;

/** Buckets as PostgreSQL prints them, such as `{"p12": 3, "n-4": 1}`. A percentile needs no object made of them, which would take most of the time. */
export type BucketsText = string;

/** A histogram of more buckets is given up. */
export const MAX_BUCKETS = 4_000;

/** Buckets per factor of e. A value is at most 0.5 % away from the middle of its bucket. */
const PER_E = 100;
const GROWTH = Math.exp(1 / PER_E);

/** The bucket of a value: `p` or `n` by its sign, then the exponent of its upper bound. SQL that makes buckets has to do the same. */
export function bucketOf(value: number): string {
  if (value === 0) return "z";
  return `${value > 0 ? "p" : "n"}${Math.ceil(PER_E * Math.log(Math.abs(value)))}`;
}

function middleOf(bucket: string): number {
  if (bucket === "z") return 0;
  const size = (2 * Math.exp(Number(bucket.slice(1)) / PER_E)) / (GROWTH + 1);
  return bucket.startsWith("p") ? size : -size;
}

/** Both together; `undefined` when one is unknown, or when there would be too many buckets. */
export function mergeBuckets(a: Buckets | undefined, b: Buckets | undefined): Buckets | undefined {
  if (!a || !b) return undefined;
  const sum: Record<string, number> = { ...a };
  for (const [bucket, count] of Object.entries(b)) sum[bucket] = (sum[bucket] ?? 0) + count;
  return Object.keys(sum).length > MAX_BUCKETS ? undefined : sum;
}

/** All of them together; `undefined` when there would be too many buckets. */
export function sumBuckets(all: readonly Buckets[]): Buckets | undefined {
  const [first, second] = all;
  if (first && !second) return first;
  const sum = new Map<string, number>();
  for (const one of all) for (const bucket in one) sum.set(bucket, (sum.get(bucket) ?? 0) + (one[bucket] as number));
  return sum.size > MAX_BUCKETS ? undefined : Object.fromEntries(sum);
}

/** The value below which `percent` of all values lie, at most 0.5 % off, and never outside of the least and the greatest value. */
export function percentileOf(
  buckets: Buckets | BucketsText,
  percent: number,
  { min, max }: { readonly min: number; readonly max: number },
): number {
  if (percent === 0) return min;
  if (percent === 100) return max;
  const { places, counts, total } = inOrder(buckets);
  const rank = (percent / 100) * total;
  let below = 0;
  for (const [at, count] of counts.entries()) {
    below += count;
    if (below >= rank && count > 0) return Math.min(max, Math.max(min, middleOf(bucketAt(places(at)))));
  }
  return max;
}

/** Added to exponents, so that the places of positive values, zero and negative values lie in their order. */
const OFFSET = 100_000;
/** Of places from the least to the greatest: of more, those that are taken are sorted. */
const MAX_RANGE = 10_000;

function placeOf(bucket: string): number {
  if (bucket === "z") return 0;
  const place = Number(bucket.slice(1)) + OFFSET;
  return bucket.startsWith("p") ? place : -place;
}

function bucketAt(place: number): string {
  if (place === 0) return "z";
  return place > 0 ? `p${place - OFFSET}` : `n${-place - OFFSET}`;
}

interface InOrder {
  readonly counts: Float64Array;
  /** The place of each of the counts. */
  readonly places: (at: number) => number;
  readonly total: number;
}

/** The counts of all buckets, the least value first. Buckets that lie close together, as most do, need no sorting, which takes several times as long. */
function inOrder(buckets: Buckets | BucketsText): InOrder {
  const [places, values] = typeof buckets === "string" ? placesInText(buckets) : placesOf(buckets);
  let [first, last, total] = [Infinity, -Infinity, 0];
  for (const place of places) {
    first = Math.min(first, place);
    last = Math.max(last, place);
  }
  for (const value of values) total += value;
  if (last - first > MAX_RANGE) {
    const order = [...places.keys()].toSorted((a, b) => (places[a] as number) - (places[b] as number));
    const counts = Float64Array.from(order, (at) => values[at] as number);
    return { counts, places: (at) => places[order[at] as number] as number, total };
  }
  const counts = new Float64Array(places.length === 0 ? 0 : last - first + 1);
  for (const [at, place] of places.entries()) counts[place - first] = values[at] as number;
  return { counts, places: (place) => first + place, total };
}

type PlacesAndCounts = readonly [places: readonly number[], counts: readonly number[]];

function placesOf(buckets: Buckets): PlacesAndCounts {
  return [Object.keys(buckets).map(placeOf), Object.values(buckets)];
}

const [QUOTE, MINUS, ZERO, NINE, POSITIVE, NEGATIVE] = ['"', "-", "0", "9", "p", "n"].map((char) =>
  char.charCodeAt(0),
) as [number, number, number, number, number, number];

/** The same, read from the text. */
function placesInText(text: BucketsText): PlacesAndCounts {
  const places: number[] = [];
  const counts: number[] = [];
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at)) {
    const sign = text.charCodeAt(at + 1);
    at += 2;
    const isNegative = text.charCodeAt(at) === MINUS;
    if (isNegative) at++;
    let exponent = 0;
    for (let code = text.charCodeAt(at); code !== QUOTE; code = text.charCodeAt(++at))
      exponent = exponent * 10 + code - ZERO;
    const place = OFFSET + (isNegative ? -exponent : exponent);
    places.push(sign === POSITIVE ? place : sign === NEGATIVE ? -place : 0);
    at += 2; // the quote and the colon
    if (text.charCodeAt(at) === 0x20) at++;
    const from = at;
    let count = 0;
    let code = text.charCodeAt(at);
    for (; code >= ZERO && code <= NINE; code = text.charCodeAt(++at)) count = count * 10 + code - ZERO;
    if (code !== 0x2c && code !== 0x7d) {
      // Neither a comma nor a brace: a fraction, or with an exponent.
      while (code !== 0x2c && code !== 0x7d) code = text.charCodeAt(++at);
      count = Number(text.slice(from, at));
    }
    counts.push(count);
  }
  return [places, counts];
}
