import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";

/** Trusts the authorities of the system, those of Node where the system has none, and `more`, a text of PEM certificates. Throws when `more` cannot be read. */
export function trustedAuthorities(more?: string): SecureContext {
  const system = getCACertificates("system");
  return createSecureContext({
    ca: [...(system.length > 0 ? system : getCACertificates("bundled")), ...(more === undefined ? [] : [more])],
    minVersion: "TLSv1.2",
  });
}
