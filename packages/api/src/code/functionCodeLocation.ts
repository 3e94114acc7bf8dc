import { structure } from "@hearth/model";
import { z } from "zod";

/** https://docs.aws.amazon.com/lambda/latest/api/API_ResolvedS3Object.html */
export const ResolvedS3Object = structure({
  S3Bucket: z.string(),
  S3Key: z.string(),
  S3ObjectVersion: z.string(),
}).partial();

/** https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCodeLocation.html */
export const FunctionCodeLocation = structure({
  RepositoryType: z.string(),
  Location: z.string(),
  ImageUri: z.string(),
  ResolvedImageUri: z.string(),
  ResolvedS3Object,
  SourceKMSKeyArn: z.string(),
  Error: structure({ ErrorCode: z.string(), Message: z.string() }).partial(),
}).partial();
