import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { selfSignedCertificate } from "./selfSignedCertificate.ts";

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

test("OpenSSL reads the certificate: names, dates, key and signature", () => {
  const pem = selfSignedCertificate({
    privateKey,
    commonName: "sns.amazonaws.com",
    dnsNames: ["one.example.org", "two.example.org"],
    notBeforeMs: Date.UTC(2026, 0, 2, 3, 4, 5),
    notAfterMs: Date.UTC(2056, 0, 2, 3, 4, 5),
  });
  const certificate = new X509Certificate(pem);
  expect(certificate).toMatchObject({
    subject: "CN=sns.amazonaws.com",
    issuer: "CN=sns.amazonaws.com",
    subjectAltName: "DNS:one.example.org, DNS:two.example.org",
    validFrom: "Jan  2 03:04:05 2026 GMT",
    validTo: "Jan  2 03:04:05 2056 GMT",
    ca: true,
  });
  expect(certificate.verify(publicKey)).toBe(true);
  expect(certificate.checkPrivateKey(privateKey)).toBe(true);
});
