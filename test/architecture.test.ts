import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

/** docs: conventions §1. A package may import packages of lower layers, and nothing else of Hearth's. */
const LAYERS: Readonly<Record<string, number>> = {
  server: 6,
  ...{ api: 5, services: 5, gateway: 5, "event-sources": 5, admin: 5 },
  ...{ invoke: 4, delivery: 4, activation: 4, metering: 4, access: 4, tables: 4 },
  ...{
    environments: 3,
    queues: 3,
    monitoring: 3,
    timetable: 3,
    topics: 3,
    buses: 3,
    streams: 3,
    objects: 3,
    iot: 3,
    apis: 3,
  },
  ...{ wire: 2, store: 2, code: 2, bus: 2, outbound: 2, drivers: 2, "runtime-api": 2 },
  ...{ model: 1, patterns: 1, schedules: 1 },
  kit: 0,
};
/** Apart from the layers: clients know only the words and the tools, what runs inside a sandbox knows nothing, tests may know all. */
const APART: Readonly<Record<string, readonly string[] | "all">> = {
  cli: ["model", "kit"],
  console: ["model"],
  runtimes: [],
  testkit: "all",
};

const ROOT = resolve(import.meta.dirname, "..");
const packages = readdirSync(join(ROOT, "packages"));
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;"']*?from\s*["']([^"']+)["']|(?:^|\n)\s*import\s*["']([^"']+)["']|import\(\s*["']([^"']+)["']\s*\)/g;

interface Import {
  readonly from: string;
  readonly file: string;
  readonly specifier: string;
}

const imports: readonly Import[] = packages.flatMap((from) =>
  readdirSync(join(ROOT, "packages", from), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.(ts|mjs)$/.test(path) && !path.includes("node_modules"))
    .flatMap((path) => {
      const file = join(ROOT, "packages", from, path);
      const text = readFileSync(file, "utf8");
      return [...text.matchAll(IMPORT)].map((match) => ({
        from,
        file,
        specifier: (match[1] ?? match[2] ?? match[3])!,
      }));
    }),
);
const isTest = (file: string): boolean => /\.test\.ts$|[cC]ontract\.ts$/.test(file);
const say = ({ file, specifier }: Import): string => `${relative(ROOT, file)} imports ${specifier}`;

function mayImport(from: string, to: string): boolean {
  if (from === to) return true;
  const apart = APART[from];
  if (apart) return apart === "all" || apart.includes(to);
  return (LAYERS[to] ?? Infinity) < (LAYERS[from] ?? -1);
}

test("every package has a layer", () => {
  expect(packages.filter((name) => !(name in LAYERS) && !(name in APART))).toEqual([]);
});

test("the test sees the imports that it checks", () => {
  expect(imports.length).toBeGreaterThan(100);
});

test("code imports downwards only, and packages of one layer do not know each other", () => {
  const wrong = imports.filter(({ from, file, specifier }) => {
    const to = /^@hearth\/([^/]+)/.exec(specifier)?.[1];
    return to !== undefined && !mayImport(from, to) && !(to === "testkit" && isTest(file));
  });
  expect(wrong.map(say)).toEqual([]);
});

test("another package is imported by its index.ts only", () => {
  const wrong = imports.filter(({ from, file, specifier }) => {
    if (specifier.startsWith("@hearth/")) return specifier.split("/").length > 2;
    const inside = join(ROOT, "packages", from);
    return (
      specifier.startsWith(".") && file.includes("/src/") && !resolve(dirname(file), specifier).startsWith(`${inside}/`)
    );
  });
  expect(wrong.map(say)).toEqual([]);
});

test("no files import each other in a circle, imports of types included", () => {
  const ofFile = new Map<string, Set<string>>();
  for (const { file, specifier } of imports) {
    if (!specifier.startsWith(".")) continue;
    if (!ofFile.has(file)) ofFile.set(file, new Set());
    ofFile.get(file)?.add(resolve(dirname(file), specifier));
  }
  // A file that imports none of those left, or is imported by none of them, is in no circle.
  const left = new Map(ofFile);
  for (let before = Infinity; left.size < before;) {
    before = left.size;
    const imported = new Set([...left.values()].flatMap((files) => [...files]));
    for (const [file, files] of left) {
      if (!imported.has(file) || ![...files].some((other) => left.has(other))) left.delete(file);
    }
  }
  expect([...left.keys()].map((file) => relative(ROOT, file))).toEqual([]);
});

test("every import is declared in its package's manifest", () => {
  const root = manifest(ROOT);
  const wrong = imports.filter(({ from, file, specifier }) => {
    if (specifier.startsWith(".") || specifier.startsWith("node:") || builtinModules.includes(specifier)) return false;
    const name = specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
    const own = manifest(join(ROOT, "packages", from));
    if (name in (own.dependencies ?? {})) return false;
    const forTests = { "@hearth/testkit": "", ...own.devDependencies, ...root.devDependencies };
    return !((isTest(file) || from === "testkit") && name in forTests);
  });
  expect(wrong.map(say)).toEqual([]);
});

test("the lock file has every optional platform package, without which npm ci refuses it", () => {
  interface Entry {
    readonly optionalDependencies?: Readonly<Record<string, string>>;
  }
  const { packages: locked } = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as {
    packages: Readonly<Record<string, Entry>>;
  };
  const wanted = Object.values(locked).flatMap((entry) => Object.entries(entry.optionalDependencies ?? {}));
  const missing = wanted.filter(([name, version]) => /^\d/.test(version) && !(`node_modules/${name}` in locked));
  expect(missing, "npm run fix adds them").toEqual([]);
});

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

test("every migration has a number of its own", () => {
  const numbers = readdirSync(join(ROOT, "packages/store/src/migrations")).map((name) => name.slice(0, 4));
  expect(numbers.filter((number, i) => numbers.indexOf(number) !== i)).toEqual([]);
});

test("no statement joins rows that it locks: a plan may lock them again for each row of the other side, and take more than their limit", () => {
  const joined = /\bIN\s*\(\s*SELECT\b[^`;]*?\bSKIP LOCKED\s*\)/;
  const folder = join(ROOT, "packages", "store", "src");
  const wrong = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .filter((path) => {
      const statements = readFileSync(join(folder, path), "utf8").split("`");
      return statements.some((sql) => joined.test(sql) && !/\bMATERIALIZED\b/.test(sql));
    });
  expect(wrong, "an array is made once: id = ANY(ARRAY(SELECT …))").toEqual([]);
});
