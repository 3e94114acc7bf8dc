const MAX_DEPTH = 64;
const BREAK = 0xff;
const INDEFINITE = 31;

/**
 * Whether `body` is exactly one CBOR item whose lengths lie within it, and which is nested no deeper than 64. The decoder trusts lengths, and
 * writes warnings to the console about those that cannot be.
 */
export function isBoundedCbor(body: Buffer): boolean {
  return endOf(body, 0, 0) === body.length;
}

/** Where the item that begins at `at` ends; -1 when it does not end within `body`. */
function endOf(body: Buffer, at: number, depth: number): number {
  if (at >= body.length || depth > MAX_DEPTH) return -1;
  const major = (body[at] as number) >> 5;
  const minor = (body[at] as number) & 0x1f;
  if (minor === INDEFINITE) return major >= 2 && major <= 5 ? endOfIndefinite(body, at + 1, depth) : -1;
  const argumentBytes = minor < 24 ? 0 : minor < 28 ? 2 ** (minor - 24) : -1;
  const next = at + 1 + argumentBytes;
  if (argumentBytes < 0 || next > body.length) return -1;
  switch (major) {
    case 2:
    case 3: {
      const end = next + argumentOf(body, at, minor);
      return end <= body.length ? end : -1;
    }
    case 4:
      return endOfItems(body, next, argumentOf(body, at, minor), depth);
    case 5:
      return endOfItems(body, next, argumentOf(body, at, minor) * 2, depth);
    case 6:
      return endOf(body, next, depth + 1);
    default:
      return next;
  }
}

function argumentOf(body: Buffer, at: number, minor: number): number {
  if (minor < 24) return minor;
  return minor === 27 ? Number(body.readBigUInt64BE(at + 1)) : body.readUIntBE(at + 1, 2 ** (minor - 24));
}

function endOfItems(body: Buffer, at: number, count: number, depth: number): number {
  if (count > body.length - at) return -1; // each is one byte at least
  let end = at;
  for (let i = 0; i < count && end >= 0; i++) end = endOf(body, end, depth + 1);
  return end;
}

function endOfIndefinite(body: Buffer, at: number, depth: number): number {
  let end = at;
  while (end >= 0 && end < body.length && body[end] !== BREAK) end = endOf(body, end, depth + 1);
  return end >= 0 && end < body.length ? end + 1 : -1;
}
