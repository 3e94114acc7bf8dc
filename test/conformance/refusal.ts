/** The error's name, HTTP status and message when a request is refused. Rejects when the request succeeds. */
export async function refusal(
  request: Promise<unknown>,
): Promise<{ readonly name: string; readonly status: number | undefined; readonly message: string }> {
  const outcome: unknown = await request.then(
    () => new Error("it succeeded"),
    (error: unknown) => error,
  );
  const { name, message, $metadata } = outcome as Error & { readonly $metadata?: { readonly httpStatusCode?: number } };
  return { name, status: $metadata?.httpStatusCode, message };
}

/** The same with the `Type` of Lambda's body, which is `undefined` where AWS leaves it out. */
export async function typedRefusal(
  request: Promise<unknown>,
): Promise<Awaited<ReturnType<typeof refusal>> & { readonly Type: string | undefined }> {
  const refused = await refusal(request);
  const Type = await request.then(
    () => undefined,
    (error: unknown) => (error as { readonly Type?: string }).Type,
  );
  return { ...refused, Type };
}
