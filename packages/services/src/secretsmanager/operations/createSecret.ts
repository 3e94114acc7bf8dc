import { NotImplementedException, structure, text, ThrottlingException } from "@hearth/model";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SecretsDeps } from "../deps.ts";
import {
  InvalidParameterException,
  InvalidRequestException,
  LimitExceededException,
  ResourceExistsException,
} from "../errors.ts";
import { putVersion, valueOf } from "../putVersion.ts";
import { secretArn } from "../secretArn.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

/** Per account and region. https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
const QUOTA = 500_000;
const NAME = /^[A-Za-z0-9/_+=.@-]{1,512}$/;

export const createSecret = operation({
  name: "CreateSecret",
  input: structure({
    Name: text({ min: 1, max: 512 }),
    ClientRequestToken: words.ClientRequestToken,
    Description: words.Description,
    KmsKeyId: words.KmsKeyId,
    ...words.ValueMembers,
    Tags: words.Tags.optional(),
    AddReplicaRegions: z.array(z.unknown()).optional(),
    Type: text({ max: 256 }).optional(),
  }),
  output: words.WithVersion,
  errors: [
    InvalidParameterException,
    InvalidRequestException,
    LimitExceededException,
    NotImplementedException,
    ResourceExistsException,
    ThrottlingException,
  ],
  async handle(input, { accountId, region }, { secrets, versions, random, disk }: SecretsDeps) {
    if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for secrets.");
    const { Name, ClientRequestToken: VersionId = random.uuid(), Description, KmsKeyId, Tags = [] } = input;
    if (!NAME.test(Name)) {
      throw new InvalidParameterException(
        "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!",
      );
    }
    if ((input.AddReplicaRegions?.length ?? 0) > 0) {
      throw new NotImplementedException("Hearth does not replicate secrets to other regions.");
    }
    if (input.Type) throw new NotImplementedException("Hearth has no managed external secrets.");
    const value = valueOf(input);
    const key = { accountId, region, Name };
    if ((await secrets.count(key, QUOTA)) >= QUOTA) {
      throw new LimitExceededException(`The account has ${QUOTA} secrets, which is its limit.`);
    }
    const settings = { ...(Description && { Description }), ...(KmsKeyId && { KmsKeyId }) };
    await secrets.transaction(async (tx) => {
      const isNew = await secrets.create(tx, key, { settings, tags: withTags({}, Tags) });
      if (isNew && value) await putVersion({ versions }, tx, key, { VersionId, value });
      if (isNew) return;
      const present = await secrets.lock(tx, key);
      if (present && present.deletedMs !== null) {
        throw new InvalidRequestException(
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        );
      }
      // A repeated request is answered as the first one.
      const version = value && (await versions.find(key, { VersionId }, tx));
      if (version?.value && JSON.stringify(version.value) === JSON.stringify(value)) return;
      throw new ResourceExistsException(`The operation failed because the secret ${Name} already exists.`);
    });
    return { ARN: secretArn(key), Name, ...(value && { VersionId }) };
  },
});
