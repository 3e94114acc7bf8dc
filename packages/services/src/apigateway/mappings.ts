import { BadRequestException } from "../apigatewayv2/errors.ts";

/*
 * Expressions of parameter mappings. https://docs.aws.amazon.com/apigateway/latest/developerguide/request-response-data-mappings.html
 */
const TO_REQUEST =
  /^integration\.request\.(?:header|path|querystring|multivalueheader|multivaluequerystring)\.[\x21-\x7e]+$/;
const TO_RESPONSE = /^method\.response\.header\.[\x21-\x7e]+$/;
const TO_GATEWAY_RESPONSE = /^gatewayresponse\.header\.[\x21-\x7e]+$/;
const LITERAL = /^'[^']*'$/;
const OF_CONTEXT = /^(?:context|stageVariables)\.[\x21-\x7e]+$/;
const OF_REQUEST =
  /^method\.request\.(?:(?:header|path|querystring|multivalueheader|multivaluequerystring)\.[\x21-\x7e]+|body(?:\..+)?)$/;
const OF_RESPONSE = /^integration\.response\.(?:(?:header|multivalueheader)\.[\x21-\x7e]+|body(?:\..+)?)$/;

type Parameters = Readonly<Record<string, string>> | undefined;

export function checkRequestMappings(parameters: Parameters): void {
  check(parameters, TO_REQUEST, [LITERAL, OF_CONTEXT, OF_REQUEST]);
}

export function checkResponseMappings(parameters: Parameters): void {
  check(parameters, TO_RESPONSE, [LITERAL, OF_CONTEXT, OF_RESPONSE]);
}

export function checkGatewayResponseMappings(parameters: Parameters): void {
  check(parameters, TO_GATEWAY_RESPONSE, [LITERAL, OF_CONTEXT, OF_REQUEST]);
}

function check(parameters: Parameters = {}, target: RegExp, sources: readonly RegExp[]): void {
  for (const [to, from] of Object.entries(parameters)) {
    if (!target.test(to)) throw invalidMapping(to, "parameter");
    if (!sources.some((source) => source.test(from))) throw invalidMapping(from);
  }
}

export function invalidMapping(expression: string, what?: "parameter"): BadRequestException {
  const which = what === undefined ? "" : `${what} `;
  return new BadRequestException(
    `Invalid mapping expression specified: Validation Result: warnings : [], errors : [Invalid mapping expression ${which}specified: ${expression}]`,
  );
}
