import { bool, choice, integer, list, structure, structures, text } from "@hearth/model";
import { z } from "zod";

export const Name = text({ min: 1, max: 2048 });
export const Names = list({ min: 1, max: 2048 }, { min: 1, max: 10 });
export const Type = choice(["SecureString", "StringList", "String"]);
export const Tier = choice(["Standard", "Advanced", "Intelligent-Tiering"]);
export const WithDecryption = bool().optional();
export const NextToken = text().optional();
export const MaxResults = integer({ min: 1, max: 50 }).optional();
const TAG = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)";
export const TagKey = text({ min: 1, max: 128, pattern: TAG });
export const Tags = structures(structure({ Key: TagKey, Value: text({ max: 256, pattern: TAG }) }), { max: 1000 });
export const ResourceType = choice([
  ...["Association", "Automation", "Document", "MaintenanceWindow", "ManagedInstance", "OpsItem", "OpsMetadata"],
  ...["PatchBaseline", "Parameter"],
] as const);
export const Labels = list({ min: 1, max: 100 }, { min: 1, max: 10 });
export const Version = integer();

export const ParameterFilters = structures(
  structure({
    Key: text({ min: 1, max: 132, pattern: "tag:.+|Name|Type|KeyId|Path|Label|Tier|DataType" }),
    Option: text({ min: 1, max: 10 }).optional(),
    Values: list({ min: 1, max: 1024 }, { min: 1, max: 50 }).optional(),
  }),
).optional();

/** A parameter in answers with values. */
export const Parameter = structure({
  Name: z.string(),
  Type: z.string(),
  Value: z.string(),
  Version: z.number(),
  Selector: z.string().optional(),
  LastModifiedDate: z.date(),
  ARN: z.string(),
  DataType: z.string(),
});

const FACTS = {
  Name: z.string(),
  Type: z.string(),
  KeyId: z.string().optional(),
  LastModifiedDate: z.date(),
  LastModifiedUser: z.string(),
  Description: z.string().optional(),
  AllowedPattern: z.string().optional(),
  Version: z.number(),
  Tier: z.string(),
  Policies: z.array(z.object({})),
  DataType: z.string(),
};

export const Metadata = structure({ ...FACTS, ARN: z.string() });
export const History = structure({ ...FACTS, Value: z.string(), Labels: z.array(z.string()) });
