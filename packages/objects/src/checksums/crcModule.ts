/** How many bytes the loop takes at a time, each with a table of its own. */
export const STRIDE = 16;
/** Bytes of one table: 256 values of 64 bits. */
export const TABLE_BYTES = 256 * 8;

/** What a module of these bytes exports. */
export interface CrcExports {
  /** Two pages of 64 KB: the tables first, then data. */
  readonly memory: { readonly buffer: ArrayBuffer };
  /** The state after the bytes of the memory from `at` to before `end`. */
  readonly crc: (at: number, end: number, state: bigint) => bigint;
}

/** Of the JavaScript API of WebAssembly, whose types come with those of browsers only. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

// Instructions, as https://webassembly.github.io/spec/core/binary/instructions.html numbers them.
const BLOCK = [0x02, 0x40];
const LOOP = [0x03, 0x40];
const END = 0x0b;
const LEAVE_IF = [0x0d, 1];
const AGAIN = [0x0c, 0];
const I32 = { and: 0x71, add: 0x6a, xor: 0x73, shl: 0x74, above: 0x4b, fromI64: 0xa7 };
const I64 = { xor: 0x85, shl: 0x86, shr: 0x88 };
const get = (variable: number): number[] => [0x20, variable];
const set = (variable: number): number[] => [0x21, variable];
const i32 = (value: number): number[] => [0x41, ...signed(value)];
const i64 = (value: number): number[] => [0x42, ...signed(value)];
/** Of the address on the stack and `offset`. */
const loadByte = [0x2d, 0, 0];
const load64 = (offset: number): number[] => [0x29, 3, ...unsigned(offset)];

const AT = 0;
const TO = 1;
const STATE = 2;
const NEXT = 3;

/** Continues a CRC by tables (slicing by 16), in WebAssembly: numbers of 64 bits are slow in JavaScript, and quick there. */
export function crcModule(): CrcExports {
  return new WebAssembly.Instance(new WebAssembly.Module(moduleBytes())).exports as CrcExports;
}

function moduleBytes(): Uint8Array {
  const body = [
    ...[1, 1, 0x7e], // one more variable of 64 bits: NEXT
    ...[...BLOCK, ...LOOP, ...get(AT), ...i32(STRIDE), I32.add, ...get(TO), I32.above, ...LEAVE_IF],
    ...[...get(STATE), ...get(AT), ...load64(0), I64.xor, ...set(STATE)],
    ...[...get(AT), ...load64(8), ...set(NEXT)],
    ...[...lookUp(NEXT, 7), ...lookUp(STATE, 15), I64.xor, ...set(STATE)],
    ...[...get(AT), ...i32(STRIDE), I32.add, ...set(AT), ...AGAIN, END, END],
    // What is left, byte by byte.
    ...[...BLOCK, ...LOOP, ...get(AT), ...i32(1), I32.add, ...get(TO), I32.above, ...LEAVE_IF],
    ...[...get(STATE), I32.fromI64, ...get(AT), ...loadByte, I32.xor, ...i32(255), I32.and, ...i32(3), I32.shl],
    ...[...load64(0), ...get(STATE), ...i64(8), I64.shr, I64.xor, ...set(STATE)],
    ...[...get(AT), ...i32(1), I32.add, ...set(AT), ...AGAIN, END, END],
    ...[...get(STATE), END],
  ];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [1, 0x60, 3, 0x7f, 0x7f, 0x7e, 1, 0x7e]), // (i32, i32, i64) => i64
    ...section(3, [1, 0]),
    ...section(5, [1, 0, 2]),
    ...section(7, [2, ...named("memory"), 2, 0, ...named("crc"), 0, 0]),
    ...section(10, [1, ...unsigned(body.length), ...body]),
  ]);
}

/** The values of the eight bytes of a variable, combined; its lowest byte is looked up in the table `first`, and the others in those before. */
function lookUp(variable: number, first: number): number[] {
  return Array.from({ length: 8 }, (_, byte) => [
    ...get(variable),
    ...(byte === 0 ? [...i64(3), I64.shl] : [...i64(8 * byte - 3), I64.shr]),
    ...[I32.fromI64, ...i32(255 * 8), I32.and, ...load64((first - byte) * TABLE_BYTES)],
    ...(byte === 0 ? [] : [I64.xor]),
  ]).flat();
}

function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

function named(name: string): number[] {
  return [name.length, ...Buffer.from(name)];
}

/** LEB128. */
function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

/** Signed LEB128 of a number that is not negative. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)];
}
