import { expect, test } from "vitest";
import { RecentBodies } from "./recentBodies.ts";

const MEGABYTE = 1024 * 1024;
const message = (body: string) => ({ queueId: "1", messageId: "m", body, senderId: "AIDA" });

test("the bodies that were stored last are kept, up to 16 million characters", () => {
  const recent = new RecentBodies();
  for (let id = 1; id <= 20; id++) recent.add(String(id), message(String(id).repeat(MEGABYTE / String(id).length)));
  const kept = Array.from({ length: 20 }, (_, at) => recent.find(String(at + 1))?.body.slice(0, 2)).filter(Boolean);
  expect(kept).toHaveLength(15);
  expect(recent.find("20")).toMatchObject({ id: "20", attributes: null, dedupId: null });
  recent.delete("20");
  recent.delete("20");
  expect(recent.find("20")).toBeUndefined();
  recent.add("21", message("x".repeat(MEGABYTE)));
  expect(recent.find("6")).toBeDefined();
});
