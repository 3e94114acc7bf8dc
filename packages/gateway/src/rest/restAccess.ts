import type { Clock } from "@hearth/kit";
import { AccessDeniedException, AwsError } from "@hearth/model";
import { DefinitionFault } from "../definitionFault.ts";
import type { IamAuthorizer } from "../http/iamAuthorizer.ts";
import { GatewayFailure } from "./gatewayFailure.ts";
import { anonymousVerdict, refuseAnonymous, resourcePolicyOf } from "./resourcePolicy.ts";
import type { RestAuthorizers } from "./restAuthorizer.ts";
import { methodArn, type RoutedCall } from "./restCall.ts";

export interface RestAccess {
  readonly iam: Pick<IamAuthorizer, "admit">;
  readonly authorizers: RestAuthorizers;
  readonly clock: Clock;
}

/**
 * Refuses callers who may not call the method, by GatewayFailure. The API's resource policy takes part in every decision.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
 */
export async function checkAccess(call: RoutedCall, { iam, authorizers, clock }: RestAccess): Promise<void> {
  const { method } = call.route;
  switch (method.authorizationType) {
    case "NONE": {
      const verdict = anonymousVerdict(call, clock);
      if (verdict !== undefined && verdict !== "allow") refuseAnonymous(call, verdict === "deny");
      return;
    }
    case "AWS_IAM":
      await admitSigned(call, iam);
      return;
    case "CUSTOM": {
      const authorizer = call.stage.contents.authorizers.get(method.authorizerId ?? "");
      if (!authorizer) {
        const cause = new DefinitionFault(
          "the method's authorizer does not exist: change the method, and deploy the API",
        );
        throw new GatewayFailure("AUTHORIZER_CONFIGURATION_ERROR", { cause });
      }
      const verdict = anonymousVerdict(call, clock);
      if (verdict === "deny") refuseAnonymous(call, true);
      const decision = await authorizers.decide(call, authorizer);
      if (decision === "explicitDeny") {
        throw new GatewayFailure("ACCESS_DENIED", {
          text: "User is not authorized to access this resource with an explicit deny",
        });
      }
      if (decision !== "allowed" && verdict !== "allow") throw new GatewayFailure("ACCESS_DENIED");
      return;
    }
    default:
      // User pools are not built; the control plane refuses them.
      throw new GatewayFailure("AUTHORIZER_CONFIGURATION_ERROR");
  }
}

async function admitSigned(call: RoutedCall, iam: Pick<IamAuthorizer, "admit">): Promise<void> {
  if (call.request.header("authorization") === undefined && !/(?:^|&)X-Amz-Signature=/.test(call.request.query)) {
    throw new GatewayFailure("MISSING_AUTHENTICATION_TOKEN");
  }
  try {
    const caller = await iam.admit(call, resourcePolicyOf(call)?.document);
    call.learned.caller = caller;
  } catch (error) {
    if (error instanceof AccessDeniedException) {
      const text =
        error.message === "Forbidden"
          ? `not authorized to perform: execute-api:Invoke on resource: ${methodArn(call)}`
          : error.message;
      throw new GatewayFailure("ACCESS_DENIED", { text, cause: error });
    }
    if (!(error instanceof AwsError)) throw error;
    const isExpired = /expired/i.test(error.code) || /expired/i.test(error.message);
    throw new GatewayFailure(isExpired ? "EXPIRED_TOKEN" : "INVALID_SIGNATURE", { text: error.message, cause: error });
  }
}
