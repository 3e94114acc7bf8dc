/** The id in `x-amz-apigw-id` and `apigw-requestid`, in AWS's form; made of the request's id, so that one leads to the other. */
export function extendedRequestId(requestId: string): string {
  return Buffer.from(requestId.replaceAll("-", "").slice(0, 22), "hex").toString("base64");
}
