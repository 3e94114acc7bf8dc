import type { z } from "zod";
import { Settings } from "./config.ts";
import { defaultOf } from "./defaultOf.ts";

/** docs/configuration.md, written from the schema. */
export function configurationPage(): string {
  const rows = Object.entries(Settings.shape).map(([name, schema]) => {
    const described = schema as z.ZodType;
    const initial = defaultOf(described);
    return `| \`${name}\` | ${initial === undefined ? "" : `\`${initial}\``} | ${choices(described)}${described.description ?? ""} |`;
  });
  return `# Configuration

Every setting is an environment variable, read once at the start. A wrong value or an unknown \`HEARTH_*\` name stops the
start with a message that names the nearest setting; an empty value counts as not set. Kubernetes' \`HEARTH_PORT*\` and
\`HEARTH_SERVICE_*\` are ignored.

| Setting | Default | Meaning |
|---|---|---|
${rows.join("\n")}

This page is generated from \`packages/server/src/settings.ts\`: \`npm test unit -- -u\` writes it anew.
`;
}

interface Definition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly entries?: Readonly<Record<string, string>>;
}

const definitionOf = (schema: z.ZodType): Definition => schema.def as unknown as Definition;

function choices(schema: z.ZodType): string {
  const { entries, innerType } = definitionOf(schema);
  if (entries)
    return `One of ${Object.values(entries)
      .map((value) => `\`${value}\``)
      .join(", ")}. `;
  return innerType ? choices(innerType) : "";
}
