import type { Authorizer } from "@hearth/access";
import type { HostedCode } from "@hearth/api";
import { ObjectRefused } from "@hearth/code";
import { AccessDeniedException } from "@hearth/model";
import { type ObjectStorage, S3Error } from "@hearth/objects";

export interface HostedCodeDeps {
  readonly storage: ObjectStorage;
  readonly authorizer: () => Pick<Authorizer, "authorize">;
}

/** Archives of functions and layers in buckets of this Hearth, read in the name of the caller who names them. */
export function hostedCode({ storage, authorizer }: HostedCodeDeps): HostedCode {
  return {
    async get({ Bucket, Key, VersionId }, { caller, region }, maxBytes) {
      const bucket = await storage.directory.find(Bucket);
      if (!bucket) return undefined;
      try {
        await authorizer().authorize({
          service: "s3",
          operation: "GetObject",
          input: { Bucket, Key, VersionId },
          region,
          caller,
          origin: { sourceIp: undefined, secureTransport: true, userAgent: "lambda.amazonaws.com" },
        });
        if (bucket.passedOn) return await readThere(storage, { Bucket, Key, VersionId }, maxBytes);
        const { files, size } = await storage.objects.find(bucket, Key, VersionId);
        const chunks: Uint8Array[] = [];
        const end = Math.min(size, maxBytes + 1) - 1;
        for await (const chunk of await storage.bytes.read(files, 0, end)) chunks.push(chunk as Uint8Array);
        return Buffer.concat(chunks);
      } catch (error) {
        if (error instanceof S3Error) throw new ObjectRefused(error.code, error.message, { cause: error });
        if (error instanceof AccessDeniedException)
          throw new ObjectRefused("AccessDenied", error.message, { cause: error });
        throw error;
      }
    },
  };
}

/** From the server of HEARTH_S3_ENDPOINT. */
async function readThere(
  { passedOn }: Pick<ObjectStorage, "passedOn">,
  {
    Bucket,
    Key,
    VersionId,
  }: { readonly Bucket: string; readonly Key: string; readonly VersionId?: string | undefined },
  maxBytes: number,
): Promise<Uint8Array> {
  if (!passedOn) throw new S3Error("ServiceUnavailable", 503, "HEARTH_S3_ENDPOINT is not set.");
  const query = { versionId: VersionId };
  const { body } = await passedOn.server.send({ method: "GET", bucket: Bucket, key: Key, query });
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break;
  }
  return Buffer.concat(chunks, Math.min(bytes, maxBytes + 1));
}
