import type { Authorizer } from "@hearth/access";
import { AccessDeniedException, AwsError, type Caller } from "@hearth/model";
import type { SignedCallers } from "../url/signedCallers.ts";
import { type Authorization, refused } from "./authorization.ts";
import { executeApiArn, type HttpCall } from "./httpCall.ts";
import { FORBIDDEN } from "./replies.ts";

/** A call of any kind of API. */
export interface SignedCall extends Pick<HttpCall, "request" | "api" | "path" | "body"> {
  readonly stage: { readonly stageName: string };
}

export interface IamAuthorizerDeps {
  readonly callers: SignedCallers;
  readonly authorizer: Pick<Authorizer, "decide">;
}

/** Routes for callers with an access key: their own policies must allow `execute-api:Invoke`. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html */
export class IamAuthorizer {
  readonly #deps: IamAuthorizerDeps;

  constructor(deps: IamAuthorizerDeps) {
    this.#deps = deps;
  }

  async authorize(call: HttpCall): Promise<Authorization> {
    try {
      const iam = identityOf(await this.admit(call));
      return { kind: "allowed", context: { v1: iam, v2: { iam }, values: iam } };
    } catch (error) {
      if (error instanceof AwsError) return refused(FORBIDDEN, error.message.slice(0, 1_000));
      throw error;
    }
  }

  /**
   * The caller, who may call the API: by its own policies, or by the API's. A caller of another account needs both. Rejects with the errors of signatures and
   * with AccessDeniedException.
   */
  async admit(call: SignedCall, policy?: object): Promise<Caller> {
    const { request } = call;
    const signed = await this.#deps.callers.of(request);
    if (signed.isBodyPending) signed.verifyBody(await call.body());
    const { caller } = signed;
    await this.#decide(call, caller, "Invoke", policy);
    return caller;
  }

  /** Whether a caller that was admitted may have replies of the method forgotten. */
  async mayInvalidate(call: SignedCall, caller: Caller, policy?: object): Promise<boolean> {
    try {
      await this.#decide(call, caller, "InvalidateCache", policy);
      return true;
    } catch (error) {
      if (error instanceof AccessDeniedException) return false;
      throw error;
    }
  }

  async #decide(
    { request, api, stage, path }: SignedCall,
    caller: Caller,
    operation: string,
    policy?: object,
  ): Promise<void> {
    const origin = { sourceIp: request.sourceIp, secureTransport: request.isSecure, userAgent: request.userAgent };
    await this.#deps.authorizer.decide(
      { service: "execute-api", operation, input: {}, region: api.region, caller, origin },
      {
        action: `execute-api:${operation}`,
        resources: [executeApiArn(api, stage.stageName, request.method, path.slice(1))],
        accountId: api.accountId,
      },
      policy && [policy],
    );
  }
}

/** `requestContext.authorizer.iam`. */
function identityOf({ accessKeyId, accountId, arn, userId }: Caller): Record<string, unknown> {
  return {
    accessKey: accessKeyId,
    accountId,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: arn,
    userId,
  };
}
