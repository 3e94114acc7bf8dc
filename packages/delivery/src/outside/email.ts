import type { Random } from "@hearth/kit";
import type { OutgoingMessage } from "@hearth/model";
import type { Mail, Mailer } from "@hearth/outbound";
import type { OutsideKind } from "../outsideKind.ts";
import { outsideError } from "./outsideError.ts";
import type { RateLimits } from "./rateLimits.ts";

/** The `parameters` of a message whose target is `mailto:<address>`. */
export interface EmailParameters {
  readonly subject: string;
  /** The name of the sender: that of the topic. */
  readonly displayName?: string;
}

export interface EmailDeps {
  /** `undefined` without HEARTH_SMTP_URL. */
  readonly mailer: Pick<Mailer, "send"> | undefined;
  readonly limits: Pick<RateLimits, "take">;
  readonly random: Random;
}

const DEADLINE_MS = 60_000;
/** Of one account, to all its subscribers. https://docs.aws.amazon.com/general/latest/gr/sns.html */
const PER_SECOND = 10;

/** Messages of SNS to `email` and `email-json` subscriptions; the body is the text of the mail. */
export function email({ mailer, limits, random }: EmailDeps): OutsideKind {
  return {
    name: "email",
    targets: ["mailto"],
    deadlineMs: DEADLINE_MS,
    async attempt({ sender: { accountId }, TargetArn, body, parameters }, signal) {
      if (!mailer) throw new Error("HEARTH_SMTP_URL is not set"); // it may be set again
      await limits.take(`mail of ${accountId}`, PER_SECOND);
      const to = TargetArn.replace(/^mailto:/, "");
      const text = Buffer.from(body).toString("utf8");
      try {
        await mailer.send({ accountId, to, text, ...parametersOf(parameters) }, signal);
      } catch (error) {
        throw outsideError(error, random);
      }
    },
  };
}

function parametersOf(parameters: OutgoingMessage["parameters"]): Pick<Mail, "subject" | "fromName"> {
  const { subject, displayName } = (parameters ?? {}) as Partial<EmailParameters>;
  return { subject: subject ?? "AWS Notification Message", ...(displayName && { fromName: displayName }) };
}
