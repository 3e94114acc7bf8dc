import {
  NotImplementedException,
  structure,
  text,
  ThrottlingException,
  bool,
  ValidationException,
} from "@hearth/model";
import type { SsmParameterKey, Transaction } from "@hearth/store";
import { operation } from "@hearth/wire";
import { z } from "zod";
import type { SsmDeps } from "../deps.ts";
import {
  HierarchyLevelLimitExceededException,
  InvalidAllowedPatternException,
  ParameterAlreadyExists,
  ParameterLimitExceeded,
  ParameterMaxVersionLimitExceeded,
  ParameterPatternMismatchException,
  TooManyTagsError,
} from "../errors.ts";
import { newVersion } from "../newVersion.ts";
import { checkNewName, parameterKey } from "../parameterName.ts";
import { withTags } from "../tagging.ts";
import * as words from "../words.ts";

/** Per account and region, as for advanced parameters. https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const QUOTA = 100_000;
const MAX_VERSIONS = 100;

export const putParameter = operation({
  name: "PutParameter",
  input: structure({
    Name: words.Name,
    Value: text({ min: 1 }),
    Type: words.Type.optional(),
    Description: text({ max: 1024 }).optional(),
    KeyId: text({ min: 1, max: 256, pattern: "([a-zA-Z0-9:/_-]+)" }).optional(),
    Overwrite: bool().optional(),
    AllowedPattern: text({ max: 1024 }).optional(),
    Tags: words.Tags.optional(),
    Tier: words.Tier.optional(),
    Policies: text({ max: 4096 }).optional(),
    DataType: text({ max: 128 }).optional(),
  }),
  output: structure({ Version: z.number(), Tier: z.string() }),
  errors: [
    HierarchyLevelLimitExceededException,
    InvalidAllowedPatternException,
    NotImplementedException,
    ParameterAlreadyExists,
    ParameterLimitExceeded,
    ParameterMaxVersionLimitExceeded,
    ParameterPatternMismatchException,
    ThrottlingException,
    TooManyTagsError,
  ],
  async handle(input, context, { parameters, disk }: SsmDeps) {
    if (disk.isShort) throw new ThrottlingException("The host has too little free disk space for parameters.");
    const key = parameterKey(context, input.Name);
    const { Overwrite = false, Tags = [] } = input;
    if (Overwrite && Tags.length > 0) {
      throw new ValidationException(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    }
    return await parameters.transaction(async (tx) => {
      const before = await parameters.lock(tx, key);
      if (before && !Overwrite) throw alreadyExists();
      const version = newVersion(input, before, context.caller.arn);
      const { Tier } = version.settings;
      if (before) {
        await makeRoom(tx, key, before.Version);
        await parameters.add(tx, key, before.Version + 1, version);
        return { Version: before.Version + 1, Tier };
      }
      checkNewName(key);
      if ((await parameters.count(key, QUOTA)) >= QUOTA) {
        throw new ParameterLimitExceeded(`The account has ${QUOTA} parameters, which is its limit.`);
      }
      // Another request has created it meanwhile.
      if (!(await parameters.create(tx, key, version, withTags({}, Tags)))) throw alreadyExists();
      return { Version: 1, Tier };
    });

    /** The oldest version goes when there are too many, unless it has a label. */
    async function makeRoom(tx: Transaction, { Name }: SsmParameterKey, latest: number): Promise<void> {
      const versions = await parameters.versions(tx, key);
      const [oldest] = versions;
      if (!oldest || versions.length < MAX_VERSIONS) return;
      if (oldest.labels.length > 0 || oldest.Version === latest) {
        throw new ParameterMaxVersionLimitExceeded(
          `You attempted to create a new version of ${Name} by calling the PutParameter API with the overwrite flag. Version ${oldest.Version}, the oldest version, can't be deleted because it has a label associated with it. Move the label to another version of the parameter, and try again.`,
        );
      }
      await parameters.deleteVersion(tx, key, oldest.Version);
    }
  },
});

function alreadyExists(): ParameterAlreadyExists {
  return new ParameterAlreadyExists(
    "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
  );
}
