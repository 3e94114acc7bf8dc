import type { IncomingMessage, ServerResponse } from "node:http";
import type { UnsignedLinks } from "@hearth/access";
import { AwsError } from "@hearth/model";
import { isProtocol, parseSubscriptionArn, parseTopicArn, subscriptionArn, type Topics } from "@hearth/topics";
import type { TopicsHouse } from "./deps.ts";
import {
  AuthorizationErrorException,
  InvalidParameterException,
  invalidParameter,
  noSuchTopic,
  QUERY_ERRORS,
} from "./errors.ts";
import { linkPage } from "./linkPage.ts";

const NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/";
const ACTION = /^\/\?(?:[^#]*&)?Action=(?:ConfirmSubscription|Unsubscribe)(?:&|$)/;
const CERTIFICATE = /^\/(SimpleNotificationService-[0-9a-f]{32}\.pem)$/;

/**
 * The links in messages of SNS: they confirm a subscription, end one, and lead to the certificate of signatures. A program that follows one gets AWS's answer.
 * A browser gets a page with a button, because programs that look at mail open all links in it.
 */
export const links: UnsignedLinks<TopicsHouse> = {
  matches: (url) => ACTION.test(url) || CERTIFICATE.test(url),
  open:
    ({ topics, random, logger }) =>
    (request, response) =>
      void answer(topics, random.uuid(), request, response).catch((error: unknown) => {
        logger.error({ err: error }, "a link of SNS could not be followed");
        if (!response.headersSent) send(response, 500, "text/plain", "Something went wrong.\n");
      }),
};

async function answer(
  topics: Topics,
  requestId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { url = "", headers } = request;
  const [, certificate] = CERTIFICATE.exec(url) ?? [];
  if (certificate !== undefined) {
    const pem = await topics.signing.certificate(certificate);
    if (pem === undefined) send(response, 404, "text/plain", "There is no such certificate.\n");
    else send(response, 200, "application/x-pem-file", pem);
    return;
  }
  const query = new URL(url, "http://localhost").searchParams;
  const action = query.get("Action") ?? "";
  const isBrowser = headers.accept?.includes("text/html") ?? false;
  if (isBrowser && query.get("Confirmed") !== "true") {
    send(response, 200, "text/html", linkPage.question(action, url));
    return;
  }
  try {
    const result = action === "Unsubscribe" ? await unsubscribe(topics, query) : await confirm(topics, query);
    if (isBrowser) send(response, 200, "text/html", linkPage.done(action, result));
    else send(response, 200, "text/xml", xmlOf(action, result, requestId));
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (isBrowser) send(response, error.httpStatus, "text/html", linkPage.refused(error.message));
    else send(response, error.httpStatus, "text/xml", errorOf(error, requestId));
  }
}

/** Resolves with the ARN of the subscription. */
async function confirm(topics: Topics, query: URLSearchParams): Promise<string> {
  const key = parseTopicArn(query.get("TopicArn") ?? "");
  const token = query.get("Token") ?? "";
  if (!key) throw invalidParameter("TopicArn");
  if (token === "") throw invalidParameter("Token");
  const guarded = query.get("AuthenticateOnUnsubscribe")?.toLowerCase() === "true";
  if (guarded) throw new AuthorizationErrorException("AuthenticateOnUnsubscribe needs a signed request");
  const topic = await topics.find(key);
  if (!topic) throw noSuchTopic();
  const confirmed = await topics.subscriptions.confirm(topic.id, token, {
    wasAuthenticated: false,
    guardsUnsubscribing: false,
  });
  if (!confirmed) throw new InvalidParameterException("Invalid token");
  return subscriptionArn(confirmed);
}

/** Ending a subscription that does not exist is no error. Its endpoint is told, and may restore it. */
async function unsubscribe(topics: Topics, query: URLSearchParams): Promise<undefined> {
  const name = parseSubscriptionArn(query.get("SubscriptionArn") ?? "");
  if (!name) throw invalidParameter("SubscriptionArn");
  const subscription = await topics.subscriptions.find(name.topic, name.uuid);
  if (!subscription) return undefined;
  if (subscription.guardsUnsubscribing) {
    throw new AuthorizationErrorException("This subscription can be ended by a signed request only");
  }
  const topic = await topics.find(name.topic);
  const { protocol } = subscription;
  const isTold =
    isProtocol(protocol) && protocol !== "lambda" && protocol !== "sqs" && subscription.state === "confirmed";
  const token = topic && isTold ? topics.newToken() : undefined;
  const ended = await topics.subscriptions.end(subscription.uuid, token);
  if (ended && topic && token !== undefined) {
    await topics.sendConfirmation(topic, subscription, "UnsubscribeConfirmation", token);
  }
  return undefined;
}

function xmlOf(action: string, arn: string | undefined, requestId: string): string {
  const result =
    arn === undefined ? "" : `<${action}Result><SubscriptionArn>${arn}</SubscriptionArn></${action}Result>`;
  return `<${action}Response xmlns="${NAMESPACE}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${action}Response>`;
}

/** Messages of these errors hold nothing that the request has said. */
function errorOf({ code, message }: AwsError, requestId: string): string {
  return `<ErrorResponse xmlns="${NAMESPACE}"><Error><Type>Sender</Type><Code>${QUERY_ERRORS[code] ?? code}</Code><Message>${message}</Message></Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(body),
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
  });
  response.end(body);
}
