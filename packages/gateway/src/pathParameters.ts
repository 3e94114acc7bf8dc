/** Values of a path's variables without escapes; one whose escapes are no UTF-8 stays as it is. */
export function decodedParameters(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, value]) => {
      try {
        return [name, value.includes("%") ? decodeURIComponent(value) : value];
      } catch {
        return [name, value];
      }
    }),
  );
}
