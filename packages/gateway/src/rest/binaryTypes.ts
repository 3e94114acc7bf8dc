/** The media type of a Content-Type or of the first entry of an Accept header, in lower case. */
export function mediaType(header: string | undefined): string {
  return (header ?? "").split(/[;,]/, 1)[0]?.trim().toLowerCase() ?? "";
}

/** Whether a media type is one of the API's binary ones: by name, as `image/*`, or all by `*\/*`. */
export function isBinary(type: string, binaryTypes: readonly string[] | undefined): boolean {
  if (!binaryTypes || binaryTypes.length === 0) return false;
  const family = `${type.split("/", 1)[0]}/*`;
  return binaryTypes.some((one) => one === "*/*" || one.toLowerCase() === type || one.toLowerCase() === family);
}
