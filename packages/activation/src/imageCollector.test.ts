import { ManualClock, silentLogger } from "@hearth/kit";
import { expect, test } from "vitest";
import { ImageCollector } from "./imageCollector.ts";

test("an image that cannot be removed does not stop the removal of others, and images in use stay", async () => {
  const asked: string[] = [];
  const all = Promise.withResolvers<void>();
  const imageSource = {
    keptImages: () => Promise.resolve(["bad", "used", "good"]),
    releaseImage: (digest: string): Promise<void> => {
      asked.push(digest);
      if (digest === "bad") return Promise.reject(new Error("the engine says no"));
      all.resolve();
      return Promise.resolve();
    },
  };
  const functions = { imagesInUse: () => Promise.resolve(["used"]) };
  await using _collector = new ImageCollector({
    functions,
    imageSource,
    clock: new ManualClock(),
    logger: silentLogger,
  });
  await all.promise;
  expect(asked).toEqual(["bad", "good"]);
});
