import { structure } from "@hearth/model";
import { z } from "zod";

/** A policy as JSON, and the revision that a change may name to be refused when the policy has changed since. */
export const ResourcePolicy = structure({ Policy: z.string(), RevisionId: z.string() }).partial();
