import type { OutgoingMessage } from "@hearth/model";
import { type Mail, type Mailer, MailRefused } from "@hearth/outbound";
import { DeliveryRefused } from "../deliveryRefused.ts";
import type { OutsideKind } from "../outsideKind.ts";

/** The `parameters` of a message whose target is `mailto:<address>`. */
export interface EmailParameters {
  readonly subject: string;
  /** The name of the sender: that of the topic. */
  readonly displayName?: string;
}

export interface EmailDeps {
  /** `undefined` without HEARTH_SMTP_URL. */
  readonly mailer: Pick<Mailer, "send"> | undefined;
}

const DEADLINE_MS = 60_000;

/** Messages of SNS to `email` and `email-json` subscriptions; the body is the text of the mail. */
export function email({ mailer }: EmailDeps): OutsideKind {
  return {
    name: "email",
    targets: ["mailto"],
    deadlineMs: DEADLINE_MS,
    async attempt({ TargetArn, body, parameters }, signal) {
      if (!mailer) throw new Error("HEARTH_SMTP_URL is not set"); // it may be set again
      const to = TargetArn.replace(/^mailto:/, "");
      const text = Buffer.from(body).toString("utf8");
      try {
        await mailer.send({ to, text, ...parametersOf(parameters) }, signal);
      } catch (error) {
        throw error instanceof MailRefused ? new DeliveryRefused(error.message) : error;
      }
    },
  };
}

function parametersOf(parameters: OutgoingMessage["parameters"]): Pick<Mail, "subject" | "fromName"> {
  const { subject, displayName } = (parameters ?? {}) as Partial<EmailParameters>;
  return { subject: subject ?? "AWS Notification Message", ...(displayName && { fromName: displayName }) };
}
