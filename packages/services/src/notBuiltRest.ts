import type { RestBinding } from "@hearth/wire";

/** Operations of a REST service with their bindings, except those that are built. */
export function notBuiltRest(
  all: Readonly<Record<string, RestBinding["http"]>>,
  built: readonly { readonly name: string }[],
): readonly { readonly name: string; readonly http: RestBinding["http"] }[] {
  const names = new Set(built.map(({ name }) => name));
  return Object.entries(all)
    .filter(([name]) => !names.has(name))
    .map(([name, http]) => ({ name, http }));
}
