import { createPublicKey, createSign, type KeyObject, randomBytes } from "node:crypto";

export interface CertificateRequest {
  /** An RSA key. */
  readonly privateKey: KeyObject;
  readonly commonName: string;
  /** Names of servers that the certificate is for. */
  readonly dnsNames?: readonly string[];
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Makes an X.509 certificate (version 3, SHA-256 with RSA) that is signed with the key that it certifies. Resolves with PEM. */
export function selfSignedCertificate({
  privateKey,
  commonName,
  dnsNames = [],
  notBeforeMs,
  notAfterMs,
}: CertificateRequest): string {
  const algorithm = sequence(oid(SHA256_WITH_RSA), tagged(0x05));
  const name = sequence(tagged(0x31, sequence(oid(COMMON_NAME), tagged(0x0c, Buffer.from(commonName)))));
  const serial = randomBytes(16);
  serial.writeUInt8((serial.readUInt8() & 0x7f) | 0x40); // positive, and not zero
  const certified = sequence(
    tagged(0xa0, tagged(0x02, Buffer.from([2]))), // version 3
    tagged(0x02, serial),
    algorithm,
    name,
    sequence(time(notBeforeMs), time(notAfterMs)),
    name,
    createPublicKey(privateKey).export({ type: "spki", format: "der" }),
    tagged(0xa3, sequence(...extensions(dnsNames))),
  );
  const signature = createSign("sha256").update(certified).sign(privateKey);
  const der = sequence(certified, algorithm, tagged(0x03, Buffer.from([0]), signature));
  const lines = der.toString("base64").replaceAll(/.{64}/g, "$&\n").trimEnd();
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

// Object identifiers in DER: https://www.rfc-editor.org/rfc/rfc5280
const SHA256_WITH_RSA = "2a864886f70d01010b";
const COMMON_NAME = "550403";
const BASIC_CONSTRAINTS = "551d13";
const SUBJECT_ALT_NAME = "551d11";

function extensions(dnsNames: readonly string[]): readonly Buffer[] {
  const isAuthority = sequence(tagged(0x01, Buffer.from([0xff])));
  const names = dnsNames.map((name) => tagged(0x82, Buffer.from(name, "latin1")));
  return [
    sequence(oid(BASIC_CONSTRAINTS), tagged(0x01, Buffer.from([0xff])), tagged(0x04, isAuthority)),
    ...(names.length > 0 ? [sequence(oid(SUBJECT_ALT_NAME), tagged(0x04, sequence(...names)))] : []),
  ];
}

function oid(hex: string): Buffer {
  return tagged(0x06, Buffer.from(hex, "hex"));
}

function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tagged(0x30, ...parts);
}

/** UTCTime, from 2050 on GeneralizedTime. */
function time(ms: number): Buffer {
  const digits = new Date(ms)
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:T]/g, "");
  return digits < "2050" ? tagged(0x17, Buffer.from(digits.slice(2))) : tagged(0x18, Buffer.from(digits));
}

function tagged(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const hex = length.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([0x80 | bytes.length]), bytes]);
}
