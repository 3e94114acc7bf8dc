import { expect, test } from "vitest";
import { bucketHosts } from "./bucketHosts.ts";

const patterns = bucketHosts(["127.0.0.1", "[::1]", "Hearth.example.org", ".lambda.example.org"]);
const bucketOf = (host: string): string | undefined =>
  patterns.map((pattern) => pattern.exec(host)?.[1]).find((bucket) => bucket !== undefined);

test.each([
  ["photos.localhost", "photos"],
  ["photos.hearth.example.org", "photos"],
  ["my.photos.hearth.example.org", "my.photos"],
  ["photos.lambda.example.org", "photos"],
  ["photos.host.docker.internal", "photos"],
  ["s3.localhost", undefined],
  ["hearth.example.org", undefined],
  ["photos.hearthxexample.org", undefined],
  ["photos.127.0.0.1", undefined],
  ["photos.elsewhere.org", undefined],
])("%s names the bucket %s", (host, bucket) => {
  expect(bucketOf(host)).toBe(bucket);
});
