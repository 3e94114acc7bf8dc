import { AwsError } from "@hearth/model";

/** CloudTrail's errors. https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html#API_LookupEvents_Errors */
export class InvalidLookupAttributesException extends AwsError {
  readonly code = "InvalidLookupAttributesException";
  readonly httpStatus = 400;
}

export class InvalidTimeRangeException extends AwsError {
  readonly code = "InvalidTimeRangeException";
  readonly httpStatus = 400;
}

export class InvalidMaxResultsException extends AwsError {
  readonly code = "InvalidMaxResultsException";
  readonly httpStatus = 400;
}

export class InvalidNextTokenException extends AwsError {
  readonly code = "InvalidNextTokenException";
  readonly httpStatus = 400;
}

export class InvalidEventCategoryException extends AwsError {
  readonly code = "InvalidEventCategoryException";
  readonly httpStatus = 400;
}
