import { createHash, X509Certificate } from "node:crypto";
import { type AccountRegion, arn } from "@hearth/model";
import { CertificateValidationException } from "./errors.ts";

/** A certificate as devices show it. */
export interface ReadCertificate {
  /** The SHA-256 of its DER form, in hexadecimal. */
  readonly certificateId: string;
  readonly pem: string;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Throws CertificateValidationException for a text that is not one certificate. */
export function readCertificate(text: string): ReadCertificate {
  try {
    const { raw, validFromDate, validToDate } = new X509Certificate(text);
    return {
      certificateId: createHash("sha256").update(raw).digest("hex"),
      pem: new X509Certificate(raw).toString(),
      notBeforeMs: validFromDate.getTime(),
      notAfterMs: validToDate.getTime(),
    };
  } catch {
    throw new CertificateValidationException("The certificate is not valid: it must be one X.509 certificate in PEM");
  }
}

export function certificateArn({ accountId, region }: AccountRegion, certificateId: string): string {
  return arn({ service: "iot", region, accountId, resource: `cert/${certificateId}` });
}

/** The id in the ARN of a certificate of this account and region; `undefined` for anything else. */
export function certificateIdIn({ accountId, region }: AccountRegion, target: string): string | undefined {
  const certificateId = target.split("/").at(-1) ?? "";
  if (!/^[0-9a-f]{64}$/.test(certificateId)) return undefined;
  return certificateArn({ accountId, region }, certificateId) === target ? certificateId : undefined;
}
