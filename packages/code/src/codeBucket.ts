export interface CodeBucketOptions {
  /** Scheme and authority of any S3-compatible service. */
  readonly endpoint: string;
  readonly region: string;
  /** Puts the bucket name in the path, not in the host name. */
  readonly pathStyle: boolean;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Certificates of authorities (PEM); absent: those that Node trusts. */
  readonly ca?: readonly string[] | undefined;
}

export interface ObjectName {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId?: string | undefined;
}

/** S3's own answer to a request for an object: `code` is its error code. */
export class ObjectRefused extends Error {
  readonly code: string;
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Buckets from which function and layer archives are fetched. */
export interface CodeBucket {
  /**
   * Reads at most `maxBytes + 1` bytes of an object: a result longer than `maxBytes` tells the caller that the object is too large. Rejects with
   * `ObjectRefused`.
   */
  get(name: ObjectName, maxBytes: number, signal: AbortSignal): Promise<Uint8Array>;
}

/** How long to wait for the service before the request fails. */
const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;

/** An S3-compatible service. Loads the S3 client at the first request, and keeps no connection open between requests. */
export class S3CodeBucket implements CodeBucket {
  readonly #options: CodeBucketOptions;

  constructor(options: CodeBucketOptions) {
    this.#options = options;
  }

  async get({ Bucket, Key, VersionId }: ObjectName, maxBytes: number, signal: AbortSignal): Promise<Uint8Array> {
    const { GetObjectCommand, S3Client, S3ServiceException } = await import("@aws-sdk/client-s3");
    const { endpoint, region, pathStyle, credentials, ca } = this.#options;
    const client = new S3Client({
      endpoint,
      region,
      forcePathStyle: pathStyle,
      credentials,
      requestHandler: {
        connectionTimeout: CONNECT_TIMEOUT_MS,
        socketTimeout: IDLE_TIMEOUT_MS,
        ...(ca && { httpsAgent: { ca: [...ca] } }),
      },
      // Only AWS sends the checksums that the client would check; other services do not.
      responseChecksumValidation: "WHEN_REQUIRED",
    });
    try {
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }), { abortSignal: signal });
      return await collect(Body as AsyncIterable<Uint8Array>, maxBytes);
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof S3ServiceException) throw new ObjectRefused(error.name, error.message, { cause: error });
      const reason = error instanceof Error ? error.message || error.name : String(error);
      throw new ObjectRefused("ServiceUnavailable", `The S3 endpoint cannot be reached: ${reason}`, { cause: error });
    } finally {
      client.destroy();
    }
  }
}

/** Stops reading beyond `maxBytes`. */
async function collect(stream: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) break;
  }
  return Buffer.concat(chunks, Math.min(sizeBytes, maxBytes + 1));
}
