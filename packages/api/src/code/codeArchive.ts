import {
  type AccountRegion,
  CodeStorageExceededException,
  InvalidParameterValueException,
  MAX_UNZIPPED_BYTES,
  MAX_ZIP_BYTES,
  RequestEntityTooLargeException,
} from "@hearth/model";
import { type CodeArchive } from "@hearth/store";
import { inspectZip, InvalidZip } from "@hearth/code";
import type { ApiDeps } from "../deps.ts";

/** Refuses an archive that is invalid or too large. Resolves with its unpacked size in bytes. */
export async function checkArchive(zip: Uint8Array): Promise<number> {
  if (zip.byteLength === 0) throw new InvalidParameterValueException("Uploaded file must be a non-empty zip");
  if (zip.byteLength > MAX_ZIP_BYTES) {
    throw new RequestEntityTooLargeException(`Zipped size must be smaller than ${MAX_ZIP_BYTES} bytes`);
  }
  try {
    const { members, unpackedBytes } = await inspectZip(zip);
    if (unpackedBytes > MAX_UNZIPPED_BYTES) throw unzippedTooLarge();
    if (members.length === 0) throw new InvalidParameterValueException("Uploaded file must be a non-empty zip");
    return unpackedBytes;
  } catch (error) {
    if (!(error instanceof InvalidZip)) throw error;
    if (error.kind === "tooLarge") throw unzippedTooLarge();
    throw new InvalidParameterValueException(
      "Could not unzip uploaded file. Please check your file, then try to upload again.",
    );
  }
}

/** Stores an archive. Rejects with CodeStorageExceededException when `addedBytes` more would exceed the account's code storage. */
export async function storeArchive(
  where: AccountRegion,
  zip: Uint8Array,
  addedBytes: number,
  { code, functions, limits }: Pick<ApiDeps, "code" | "functions" | "limits">,
): Promise<CodeArchive> {
  // The store checks the limit again in its transaction. Checking here keeps refused archives off the disk.
  const { TotalCodeSize } = await functions.usage(where);
  if (addedBytes > 0 && TotalCodeSize + addedBytes > limits.TotalCodeSize) {
    throw new CodeStorageExceededException("Code storage limit exceeded.");
  }
  return await code.put(zip);
}

function unzippedTooLarge(): InvalidParameterValueException {
  return new InvalidParameterValueException(`Unzipped size must be smaller than ${MAX_UNZIPPED_BYTES} bytes`);
}
