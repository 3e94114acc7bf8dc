import { X509Certificate } from "node:crypto";
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";

const PEM = /-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g;

/** Trusts the authorities of the system, those of Node where the system has none, and `more`, a text of PEM certificates. Throws when `more` is not one. */
export function trustedAuthorities(more?: string): SecureContext {
  return createSecureContext({ ca: [...authorityCertificates(more)], minVersion: "TLSv1.2" });
}

/** The same as certificates in PEM, for clients that make contexts of their own. */
export function authorityCertificates(more?: string): readonly string[] {
  const system = getCACertificates("system");
  return [
    ...(system.length > 0 ? system : getCACertificates("bundled")),
    ...(more === undefined ? [] : certificates(more)),
  ];
}

/** `createSecureContext` ignores what it cannot read. */
function certificates(text: string): readonly string[] {
  const found = text.match(PEM) ?? [];
  if (found.length === 0) throw new Error("it has no certificate in PEM");
  for (const [at, pem] of found.entries()) {
    try {
      new X509Certificate(pem);
    } catch (error) {
      throw new Error(`its certificate ${at + 1} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  }
  return found;
}
