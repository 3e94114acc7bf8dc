import type { Authorizer, Senders } from "@hearth/access";
import type { InvocationRequest, InvocationResult, Invoking, StreamedResult } from "@hearth/invoke";
import { AccessDeniedException, type AccountRegion, parseFunctionReference } from "@hearth/model";

const PRINCIPAL = "apigateway.amazonaws.com";
const INVOCATIONS =
  /^arn:aws[a-z-]*:apigateway:[a-z0-9-]+:lambda:path\/(?:2015-03-31|2021-11-15)\/functions\/(arn:.+)\/(?:response-streaming-)?invocations$/;
const STAGE_VARIABLE = /\$\{stageVariables\.([A-Za-z0-9_]+)\}/g;

export interface FunctionCallerDeps {
  readonly invoking: Pick<Invoking, "invoke" | "invokeStreamed" | "enqueue">;
  readonly authorizer: Pick<Authorizer, "decideForService">;
  readonly senders: Pick<Senders, "refusalOf">;
}

export interface FunctionCall extends AccountRegion {
  /** Of an integration or an authorizer, in one of AWS's two forms. */
  readonly uri: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  /** Role that API Gateway assumes; without it the function's policy must allow `sourceArn`. */
  readonly credentialsArn: string | undefined;
  readonly sourceArn: string;
  readonly payload: Uint8Array;
  /** UUID. */
  readonly requestId: string;
  readonly traceId: string | undefined;
}

/** The function may not be called by this API, or there is no such function: the owner of the API has to mend it. */
export class NotCallable extends Error {}

/** API Gateway may not assume the role that an integration names, or there is no such role. */
export class RoleNotAssumable extends NotCallable {}

/** Runs the functions of integrations and authorizers, if API Gateway may. Permissions are asked at each call, from memory. */
export class FunctionCaller {
  readonly #deps: FunctionCallerDeps;

  constructor(deps: FunctionCallerDeps) {
    this.#deps = deps;
  }

  /** Rejects with NotCallable, and otherwise as `Invoking.invoke` does. */
  async call(call: FunctionCall, signal: AbortSignal): Promise<InvocationResult> {
    return await this.#deps.invoking.invoke(await this.#requestOf(call), signal);
  }

  /** As `call`, and resolves when the answer begins. */
  async callStreamed(call: FunctionCall, signal: AbortSignal): Promise<StreamedResult> {
    return await this.#deps.invoking.invokeStreamed(await this.#requestOf(call), signal);
  }

  /** Accepts an event for the function. Rejects with NotCallable, and otherwise as `Invoking.enqueue` does. */
  async enqueue(call: FunctionCall): Promise<void> {
    await this.#deps.invoking.enqueue(await this.#requestOf(call));
  }

  async #requestOf(call: FunctionCall): Promise<InvocationRequest> {
    const { uri, stageVariables, payload, requestId, traceId } = call;
    const arn = (INVOCATIONS.exec(uri)?.[1] ?? uri).replaceAll(
      STAGE_VARIABLE,
      (_, name: string) => stageVariables[name] ?? "",
    );
    const fn = parseFunctionReference(arn);
    if (fn?.accountId === undefined || fn.region === undefined)
      throw new NotCallable(`${arn.slice(0, 200)} is not the ARN of a function: change the URI`);
    await this.#check(call, arn);
    const { accountId, region, FunctionName, Qualifier } = fn;
    return {
      ...{ accountId, region, FunctionName, payload, requestId },
      ...(Qualifier !== undefined && { Qualifier }),
      ...(traceId !== undefined && { traceId }),
    };
  }

  async #check({ accountId, region, credentialsArn, sourceArn }: FunctionCall, arn: string): Promise<void> {
    const action = "lambda:InvokeFunction";
    const sender = { kind: "service", accountId, region, principal: PRINCIPAL, sourceArn } as const;
    if (credentialsArn !== undefined) {
      const refusal = await this.#deps.senders.refusalOf(
        { ...sender, RoleArn: credentialsArn },
        { action, resource: arn },
      );
      if (refusal !== undefined) {
        throw new NotCallable(`the role ${credentialsArn} does not let API Gateway call ${arn}: ${refusal}`);
      }
      return;
    }
    try {
      await this.#deps.authorizer.decideForService(
        sender,
        { action, resources: [arn], accountId, asksResource: true },
        true,
      );
    } catch (error) {
      if (error instanceof AccessDeniedException) {
        throw new NotCallable(
          `the policy of the function ${arn} does not allow ${PRINCIPAL} with the source ARN ${sourceArn}, or there is no such function: add the permission with "aws lambda add-permission" (${error.message})`,
        );
      }
      throw error;
    }
  }
}
