import { structure } from "@hearth/model";
import { z } from "zod";

/** A policy as JSON with its revision. A change that names another revision is refused. */
export const ResourcePolicy = structure({ Policy: z.string(), RevisionId: z.string() }).partial();
