import type { SharedBody, SharedText } from "@hearth/model";
import type { SnsSubscriptionRecord } from "@hearth/store";
import { type Links, signingCertUrl, unsubscribeUrl } from "./links.ts";
import type { Publication, PublishedAttributes } from "./publication.ts";
import { sharedText } from "./sharedText.ts";
import { type Signing, signedText } from "./signing.ts";
import { subscriptionArn } from "./subscription.ts";
import { textsByProtocol } from "./textsByProtocol.ts";
import type { Topic } from "./topic.ts";

export interface NotificationDeps {
  readonly links: Links;
  readonly signing: Pick<Signing, "sign" | "certificateName">;
}

export interface Accepted {
  readonly topic: Topic;
  readonly publication: Publication;
  readonly messageId: string;
  /** Milliseconds since the epoch. */
  readonly acceptedAt: number;
  /** Of FIFO topics. */
  readonly sequenceNumber?: string;
}

/** PostgreSQL stores longer texts apart from their row, in several pieces. */
const MIN_SHARED_CHARACTERS = 2_048;
const DEFAULT_SUBJECT = "AWS Notification Message";

/** A message that a topic has accepted, as its subscribers get it. What is the same for several of them is made once. */
export class Notification {
  readonly accepted: Accepted;
  readonly #deps: NotificationDeps;
  readonly #texts: Readonly<Record<string, string>> | undefined;
  readonly #signatures = new Map<string, Promise<string>>();
  readonly #quoted = new Map<string, string>();
  readonly #envelopeStarts = new Map<string, Promise<string>>();
  readonly #sharedTexts = new Map<string, SharedText>();
  readonly #timestamp: string;

  constructor(accepted: Accepted, deps: NotificationDeps) {
    this.accepted = accepted;
    this.#deps = deps;
    const { message, structure } = accepted.publication;
    this.#texts = structure === "json" ? textsByProtocol(message) : undefined;
    this.#timestamp = new Date(accepted.acceptedAt).toISOString();
  }

  /** What subscribers with this protocol get. */
  textFor(protocol: string): string {
    const { message } = this.accepted.publication;
    if (!this.#texts) return message;
    return (Object.hasOwn(this.#texts, protocol) ? this.#texts[protocol] : this.#texts["default"]) ?? message;
  }

  get subject(): string {
    return this.accepted.publication.subject ?? DEFAULT_SUBJECT;
  }

  /** The JSON document that queues, HTTP endpoints and recipients of `email-json` get. Messages of FIFO topics are not signed, as on AWS. */
  async envelope(subscription: SnsSubscriptionRecord): Promise<string> {
    const { start, rest } = await this.#envelopeParts(subscription);
    return start + rest;
  }

  /** The body for one of many subscriptions of queues. `undefined` where it is too short to be worth sharing. */
  async sharedBody(subscription: SnsSubscriptionRecord, isRaw: boolean): Promise<SharedBody | undefined> {
    const { start, rest } = isRaw
      ? { start: this.textFor(subscription.protocol), rest: "" }
      : await this.#envelopeParts(subscription);
    return start.length < MIN_SHARED_CHARACTERS ? undefined : { shared: this.#shared(start), rest };
  }

  #shared(text: string): SharedText {
    let shared = this.#sharedTexts.get(text);
    if (!shared) this.#sharedTexts.set(text, (shared = sharedText(this.accepted.messageId, text)));
    return shared;
  }

  /** What is the same for all subscriptions of a protocol, and what follows for this one. */
  async #envelopeParts(
    subscription: SnsSubscriptionRecord,
  ): Promise<{ readonly start: string; readonly rest: string }> {
    const text = this.textFor(subscription.protocol);
    let start = this.#envelopeStarts.get(text);
    if (!start) this.#envelopeStarts.set(text, (start = this.#envelopeStart(text)));
    const lines = [quote(this.#unsubscribeUrl(subscription)), ...attributeLines(this.accepted.publication.attributes)];
    return { start: await start, rest: `${lines.join(",\n")}\n}` };
  }

  async #envelopeStart(text: string): Promise<string> {
    const { topic, publication, messageId, sequenceNumber } = this.accepted;
    const lines = [
      member("Type", '"Notification"'),
      member("MessageId", quote(messageId)),
      ...(sequenceNumber === undefined ? [] : [member("SequenceNumber", quote(sequenceNumber))]),
      member("TopicArn", quote(topic.arn)),
      ...(publication.subject === undefined ? [] : [member("Subject", quote(publication.subject))]),
      member("Message", this.#quote(text)),
      member("Timestamp", quote(this.#timestamp)),
      ...(topic.isFifo ? [] : await this.#signatureLines(text)),
      member("UnsubscribeURL", ""),
    ];
    return `{\n${lines.join(",\n")}`;
  }

  /** The event that functions get. https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html */
  async lambdaEvent(subscription: SnsSubscriptionRecord): Promise<string> {
    const { topic, publication, messageId } = this.accepted;
    const text = this.textFor(subscription.protocol);
    const { signing, links } = this.#deps;
    const Sns = [
      `"Type":"Notification"`,
      `"MessageId":${quote(messageId)}`,
      `"TopicArn":${quote(topic.arn)}`,
      `"Subject":${publication.subject === undefined ? "null" : quote(publication.subject)}`,
      `"Message":${this.#quote(text)}`,
      `"Timestamp":${quote(this.#timestamp)}`,
      `"SignatureVersion":${quote(topic.signatureVersion)}`,
      `"Signature":${quote(await this.#signatureOf(text))}`,
      `"SigningCertUrl":${quote(await signingCertUrl(links, signing))}`,
      `"UnsubscribeUrl":${quote(this.#unsubscribeUrl(subscription))}`,
      `"MessageAttributes":${JSON.stringify(shownAttributes(publication.attributes))}`,
    ];
    const source = `"EventSource":"aws:sns","EventVersion":"1.0","EventSubscriptionArn":${quote(subscriptionArn(subscription))}`;
    return `{"Records":[{${source},"Sns":{${Sns.join(",")}}}]}`;
  }

  /** The text of a mail. */
  mail(subscription: SnsSubscriptionRecord): string {
    return `${this.textFor(subscription.protocol)}

--
If you wish to stop receiving notifications from this topic, please click or visit the link below to unsubscribe:
${this.#unsubscribeUrl(subscription)}

Please do not reply directly to this email.
`;
  }

  #unsubscribeUrl(subscription: SnsSubscriptionRecord): string {
    return unsubscribeUrl(this.#deps.links, subscriptionArn(subscription));
  }

  async #signatureLines(text: string): Promise<readonly string[]> {
    const { links, signing } = this.#deps;
    return [
      member("SignatureVersion", quote(this.accepted.topic.signatureVersion)),
      member("Signature", quote(await this.#signatureOf(text))),
      member("SigningCertURL", quote(await signingCertUrl(links, signing))),
    ];
  }

  async #signatureOf(text: string): Promise<string> {
    let signature = this.#signatures.get(text);
    if (!signature) {
      const { topic, publication, messageId } = this.accepted;
      const signed = signedText({
        Message: text,
        MessageId: messageId,
        Subject: publication.subject,
        Timestamp: this.#timestamp,
        TopicArn: topic.arn,
        Type: "Notification",
      });
      this.#signatures.set(text, (signature = this.#deps.signing.sign(signed, topic.signatureVersion)));
    }
    return await signature;
  }

  #quote(text: string): string {
    let quoted = this.#quoted.get(text);
    if (quoted === undefined) this.#quoted.set(text, (quoted = quote(text)));
    return quoted;
  }
}

/** One line of a document in AWS's layout. */
export function member(name: string, json: string): string {
  return `  "${name}" : ${json}`;
}

export function quote(text: string): string {
  return JSON.stringify(text);
}

function shownAttributes(attributes: PublishedAttributes = {}): Readonly<Record<string, object>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      { Type: DataType, Value: StringValue ?? BinaryValue },
    ]),
  );
}

function attributeLines(attributes: PublishedAttributes | undefined): readonly string[] {
  const shown = Object.entries(shownAttributes(attributes));
  if (shown.length === 0) return [];
  const lines = shown.map(([name, value]) => `    ${quote(name)} : ${JSON.stringify(value)}`);
  return [member("MessageAttributes", `{\n${lines.join(",\n")}\n  }`)];
}
