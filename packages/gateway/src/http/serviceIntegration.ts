import { type ApiIntegration, INTEGRATION_SUBTYPES } from "@hearth/apis";
import { DefinitionFault } from "../definitionFault.ts";
import type { HttpReply } from "../httpEndpoint.ts";
import type { ServiceCaller } from "../service/serviceCaller.ts";
import { routeSourceArn } from "./httpCall.ts";
import { receivedHeaders } from "./httpIntegration.ts";
import { BAD_REQUEST } from "./replies.ts";
import type { CallContext } from "./selection.ts";
import { serviceParameters, UnresolvedParameter } from "./serviceParameters.ts";
import { type SubtypeRequest, subtypeRequest, WrongParameter } from "./subtypeRequest.ts";

/**
 * Calls the operation of a service that an integration names as its subtype; the service's answer is the reply. Rejects as `ServiceCaller.call`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-aws-services.html
 */
export async function callSubtype(
  services: Pick<ServiceCaller, "call">,
  context: CallContext,
  { integrationSubtype = "", requestParameters = {}, credentialsArn }: ApiIntegration,
  body: Uint8Array,
  signal: AbortSignal,
): Promise<HttpReply> {
  const { call } = context;
  const { accountId, region } = call.api;
  const { measured = {} } = call;
  const subtype = INTEGRATION_SUBTYPES[integrationSubtype];
  if (!subtype) throw new DefinitionFault(`the integration subtype ${integrationSubtype} is not built`);
  let request: SubtypeRequest;
  let serviceRegion: string;
  try {
    const { Region = region, ...parameters } = serviceParameters(requestParameters, context, body);
    if (!/^[a-z0-9-]+$/.test(Region)) throw new WrongParameter("Region is no region");
    serviceRegion = Region;
    request = subtypeRequest(subtype, parameters);
  } catch (error) {
    if (!(error instanceof UnresolvedParameter) && !(error instanceof WrongParameter)) throw error;
    measured.failure = new DefinitionFault(error.message);
    return BAD_REQUEST;
  }
  const answer = await services.call(
    {
      ...{ accountId, region, RoleArn: credentialsArn, sourceArn: routeSourceArn(call) },
      ...{ service: subtype.service, serviceRegion },
      ...{ method: "POST", path: "/", search: "", ...request },
    },
    signal,
  );
  measured.integrationStatus = measured.serviceStatus = answer.status;
  return { status: answer.status, headers: receivedHeaders(answer.headers), body: answer.body };
}
