import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";

/** The contents of a bucket's objects, which are never changed or deleted. */
export class TextsOfBucket {
  readonly #s3: S3Client;
  readonly #bucket: string;
  readonly #texts = new Map<string, string>();

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  async all(): Promise<readonly string[]> {
    for await (const { Contents = [] } of paginateListObjectsV2({ client: this.#s3 }, { Bucket: this.#bucket })) {
      for (const { Key = "" } of Contents) {
        if (this.#texts.has(Key)) continue;
        const { Body } = await this.#s3.send(new GetObjectCommand({ Bucket: this.#bucket, Key }));
        this.#texts.set(Key, (await Body?.transformToString()) ?? "");
      }
    }
    return [...this.#texts.values()];
  }
}
