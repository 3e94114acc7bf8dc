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
