import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { decode, encode } from "fast-png";
import { shrink } from "./shrink.mjs";

const s3 = new S3Client({ forcePathStyle: true });
const width = Number(process.env.WIDTH);

export async function handler({ Records }) {
  for (const {
    s3: { bucket, object },
  } of Records) {
    // Keys arrive as in the query of a URL.
    const Key = decodeURIComponent(object.key.replaceAll("+", " "));
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket.name, Key }));
    const thumbnail = shrink(decode(await Body.transformToByteArray()), width);
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket.name,
        Key: Key.replace("uploads/", "thumbnails/"),
        Body: encode(thumbnail),
        ContentType: "image/png",
      }),
    );
    console.log(`${Key}: ${thumbnail.width} x ${thumbnail.height}`);
  }
}
