import { structure } from "@hearth/model";
import { z } from "zod";

/** As an input has it, whatever it holds: an entity that is wrong need not fail a request. */
export const Entity = structure({ KeyAttributes: z.unknown().optional(), Attributes: z.unknown().optional() });

/** AWS's constraints. https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Entity.html */
const KeyAttributes = z
  .partialRecord(z.enum(["Type", "ResourceType", "Identifier", "Name", "Environment"]), z.string().min(1).max(2048))
  .refine((attributes) => Object.keys(attributes).length >= 2 && Object.keys(attributes).length <= 4);
const Attributes = z
  .record(z.string().min(1).max(256), z.string().min(1).max(2048))
  .refine((attributes) => Object.keys(attributes).length <= 10);

const RESOURCE = ["ResourceType", "Identifier"] as const;
const SERVICE = ["Name"] as const;
const REQUIRED: Readonly<Record<string, typeof RESOURCE | typeof SERVICE>> = {
  "AWS::Resource": RESOURCE,
  Resource: RESOURCE,
  "AWS::Service": SERVICE,
  Service: SERVICE,
  RemoteService: SERVICE,
};
export const MAX_ENTITIES = 2;

/** What is wrong with an entity, in the words of the header `X-Amzn-Failure-Message`. */
export type EntityFailure =
  | "InvalidEntity"
  | "InvalidKeyAttributes"
  | "InvalidAttributes"
  | "InvalidTypeValue"
  | "EntitySizeTooLarge"
  | "MissingRequiredFields";

/** `undefined` for an entity that is right, or absent. */
export function failureOfEntity(entity: z.output<typeof Entity> | undefined): EntityFailure | undefined {
  if (entity === undefined) return undefined;
  if (entity.KeyAttributes === undefined) return "InvalidEntity";
  const key = KeyAttributes.safeParse(entity.KeyAttributes);
  if (!key.success) return "InvalidKeyAttributes";
  if (entity.Attributes !== undefined && !Attributes.safeParse(entity.Attributes).success) return "InvalidAttributes";
  const required = Object.hasOwn(REQUIRED, key.data.Type ?? "") ? REQUIRED[key.data.Type ?? ""] : undefined;
  if (!required) return "InvalidTypeValue";
  return required.every((name) => key.data[name] !== undefined) ? undefined : "MissingRequiredFields";
}
