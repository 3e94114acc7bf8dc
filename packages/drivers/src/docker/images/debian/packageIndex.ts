import { compareVersions } from "./version.ts";

export interface DebianPackage {
  readonly name: string;
  readonly version: string;
  /** Path below the archive's root. */
  readonly filename: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** URLs of the archives that have it, in the order in which they are tried. */
  readonly archives: readonly string[];
  /** Each a list of alternatives. */
  readonly depends: readonly (readonly string[])[];
  readonly provides: readonly string[];
}

/** The newest version of each package of some Packages files, with what they need. */
export class PackageIndex {
  readonly #byName = new Map<string, DebianPackage>();
  readonly #providers = new Map<string, string[]>();

  /** Adds the packages of a Packages file. */
  add(text: string, archives: readonly string[]): void {
    for (const paragraph of text.split("\n\n")) {
      const found = parse(paragraph, archives);
      if (!found) continue;
      const known = this.#byName.get(found.name);
      if (known && compareVersions(known.version, found.version) >= 0) continue;
      this.#byName.set(found.name, found);
      for (const name of found.provides) this.#providers.set(name, [...(this.#providers.get(name) ?? []), found.name]);
    }
  }

  /**
   * `names` and everything they depend on, except `omit` and what only that needs, in order of names. Version
   * constraints are ignored: within one suite they hold. Throws for a name that does not exist.
   */
  closure(names: readonly string[], omit: ReadonlySet<string>): readonly DebianPackage[] {
    const chosen = new Map<string, DebianPackage>();
    const pending = [...names];
    for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
      const found = this.#byName.get(name);
      if (!found) throw new Error(`Debian has no package ${name} in this suite`);
      if (chosen.has(name)) continue;
      chosen.set(name, found);
      for (const alternatives of found.depends) {
        const wanted = alternatives.map((alternative) => this.#real(alternative)).filter((real) => real !== undefined);
        if (wanted.length === 0) throw new Error(`${name} needs ${alternatives.join(" or ")}, which does not exist`);
        const isMet = wanted.some((one) => omit.has(one) || chosen.has(one) || pending.includes(one));
        if (!isMet && wanted[0] !== undefined) pending.push(wanted[0]);
      }
    }
    return [...chosen.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  #real(name: string): string | undefined {
    return this.#byName.has(name) ? name : this.#providers.get(name)?.[0];
  }
}

function parse(paragraph: string, archives: readonly string[]): DebianPackage | undefined {
  const field = (name: string): string | undefined => {
    const label = `\n${name}: `;
    const at = `\n${paragraph}`.indexOf(label);
    if (at < 0) return undefined;
    const end = paragraph.indexOf("\n", at + label.length - 1);
    return paragraph.slice(at + label.length - 1, end < 0 ? undefined : end).trim();
  };
  const [name, version, filename, sha256] = [field("Package"), field("Version"), field("Filename"), field("SHA256")];
  if (name === undefined || version === undefined || filename === undefined || sha256 === undefined) return undefined;
  return {
    name,
    version,
    filename,
    sha256,
    sizeBytes: Number(field("Size") ?? 0),
    archives,
    depends: [...relations(field("Pre-Depends")), ...relations(field("Depends"))],
    provides: relations(field("Provides")).flat(),
  };
}

/** `a (>= 1) | b:any, c` ─▶ [[a, b], [c]] */
function relations(field: string | undefined): string[][] {
  if (!field) return [];
  return field.split(",").map((group) => group.split("|").map((one) => one.trim().replace(/[ (:].*$/s, "")));
}
