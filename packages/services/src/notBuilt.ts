/** Names, separated by white space, of all operations of a service except those that are built. */
export function notBuilt(
  all: string,
  built: readonly { readonly name: string }[],
): readonly { readonly name: string }[] {
  const names = new Set(built.map(({ name }) => name));
  return all
    .trim()
    .split(/\s+/)
    .filter((name) => !names.has(name))
    .map((name) => ({ name }));
}
