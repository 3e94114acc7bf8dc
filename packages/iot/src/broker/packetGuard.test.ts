import fc from "fast-check";
import { generate } from "mqtt-packet";
import { expect, test } from "vitest";
import { PacketGuard } from "./packetGuard.ts";

const publish = (bytes: number): Buffer =>
  generate({ cmd: "publish", topic: "t", payload: Buffer.alloc(bytes), qos: 0, retain: false, dup: false });

test("packets pass however the stream is cut", () => {
  const stream = Buffer.concat([publish(10), publish(0), generate({ cmd: "pingreq" }), publish(900)]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sizes) => {
      const guard = new PacketGuard(1_000);
      let at = 0;
      for (let turn = 0; at < stream.length; turn++) {
        const end = at + (sizes[turn % sizes.length] ?? 1);
        expect(guard.accepts(stream.subarray(at, end))).toBe(true);
        at = end;
      }
    }),
  );
});

test("a packet that is too long is refused by its first bytes, and so is what is no MQTT", () => {
  expect(new PacketGuard(1_000).accepts(publish(1_100).subarray(0, 3))).toBe(false);
  expect(new PacketGuard(1_000).accepts(Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0x7f]))).toBe(false);
  expect(new PacketGuard(1_000).accepts(Buffer.from("\0\0"))).toBe(false);
});
