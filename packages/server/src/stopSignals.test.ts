import { EventEmitter } from "node:events";
import { ManualClock } from "@hearth/kit";
import { expect, test } from "vitest";
import { StopSignals } from "./stopSignals.ts";

function stopSignals() {
  const clock = new ManualClock();
  const emitter = new EventEmitter();
  const signals = new StopSignals({ clock, process: emitter as unknown as NodeJS.Process });
  return { clock, emitter, signals };
}

test("one Ctrl-C that arrives three times counts as one request to stop", async () => {
  const { emitter, signals, clock } = stopSignals();
  emitter.emit("SIGINT", "SIGINT");
  emitter.emit("SIGINT", "SIGINT");
  await clock.advance(100);
  emitter.emit("SIGINT", "SIGINT");
  expect(signals.stop.aborted).toBe(true);
  expect(signals.force.aborted).toBe(false);
});

test("a second Ctrl-C forces the stop", async () => {
  const { emitter, signals, clock } = stopSignals();
  emitter.emit("SIGINT", "SIGINT");
  await clock.advance(1000);
  emitter.emit("SIGINT", "SIGINT");
  expect(signals.force.aborted).toBe(true);
});

test("the end of the process that started it stops Hearth, without force", async () => {
  const { emitter, signals, clock } = stopSignals();
  emitter.emit("SIGTERM", "SIGTERM");
  await clock.advance(1000);
  emitter.emit("disconnect");
  expect(signals.stop.aborted).toBe(true);
  expect(signals.force.aborted).toBe(false);
});
