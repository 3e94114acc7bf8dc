import { structure } from "@hearth/model";
import { z } from "zod";
import { ResolvedS3Object } from "../code/functionCodeLocation.ts";

const LayerVersionContent = structure({
  Location: z.string(),
  CodeSha256: z.string(),
  CodeSize: z.number(),
  SigningProfileVersionArn: z.string(),
  SigningJobArn: z.string(),
  ResolvedS3Object,
}).partial();

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetLayerVersion.html; PublishLayerVersion answers the same. */
export const LayerVersion = structure({
  Content: LayerVersionContent,
  LayerArn: z.string(),
  LayerVersionArn: z.string(),
  Description: z.string(),
  CreatedDate: z.string(),
  Version: z.number(),
  CompatibleArchitectures: z.array(z.string()),
  CompatibleRuntimes: z.array(z.string()),
  LicenseInfo: z.string(),
}).partial();

/** https://docs.aws.amazon.com/lambda/latest/api/API_LayerVersionsListItem.html */
export const LayerVersionsListItem = structure({
  LayerVersionArn: z.string(),
  Version: z.number(),
  Description: z.string(),
  CreatedDate: z.string(),
  CompatibleArchitectures: z.array(z.string()),
  CompatibleRuntimes: z.array(z.string()),
  LicenseInfo: z.string(),
}).partial();

/** https://docs.aws.amazon.com/lambda/latest/api/API_LayersListItem.html */
export const LayersListItem = structure({
  LayerName: z.string(),
  LayerArn: z.string(),
  LatestMatchingVersion: LayerVersionsListItem,
}).partial();
