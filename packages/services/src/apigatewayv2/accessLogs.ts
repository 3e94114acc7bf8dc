import type { AccountRegion } from "@hearth/model";
import { BadRequestException } from "./errors.ts";

const LOG_GROUP = /^arn:aws[a-z-]*:logs:([a-z0-9-]+):(\d{12}):log-group:[^:*]{1,512}(?::\*)?$/;

/**
 * Access logs go to a log group of the API's own account and region.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
 */
export function checkLogGroup(
  { accountId, region }: AccountRegion,
  settings: { readonly destinationArn?: string } | undefined,
): void {
  if (settings?.destinationArn === undefined) return;
  const [, ofRegion, ofAccount] = LOG_GROUP.exec(settings.destinationArn) ?? [];
  if (ofRegion === region && ofAccount === accountId) return;
  throw new BadRequestException(
    `Access log destination must only contain characters a-z, A-Z, 0-9, '_', '-', '/', '.': '${settings.destinationArn}'`,
  );
}
