import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loopbackAddress } from "./loopbackAddress.ts";
import { runProgram } from "./programs.ts";

/** A certificate with its private key, as PEM. */
export interface TestCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Certificates of a private authority, for servers on loopback and for their clients, made with `openssl`. */
export interface TestCertificates {
  /** An address of loopback that hardly any other test uses, for servers that cannot choose their port. The server's certificate is for it, for 127.0.0.1 and for localhost. */
  readonly address: string;
  readonly authority: string;
  /** Of an authority that has issued none of the others. */
  readonly otherAuthority: string;
  readonly server: TestCertificate;
  readonly client: TestCertificate;
}

export async function testCertificates(): Promise<TestCertificates> {
  const folder = await mkdtemp(join(tmpdir(), "hearth-certificates-"));
  const address = loopbackAddress();
  const file = (name: string): string => join(folder, name);
  const openssl = async (...args: string[]): Promise<void> => {
    const { code, stderr } = await runProgram("openssl", args);
    if (code !== 0) throw new Error(`openssl ${args[0]} failed: ${stderr}`);
  };
  const key = async (name: string): Promise<void> =>
    await openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", file(`${name}.key`));
  const authority = async (name: string): Promise<string> => {
    await key(name);
    await openssl(
      ...["req", "-x509", "-new", "-key", file(`${name}.key`), "-days", "2", "-subj", `/CN=${name}`],
      ...["-out", file(`${name}.pem`)],
    );
    return await readFile(file(`${name}.pem`), "utf8");
  };
  const issued = async (name: string): Promise<TestCertificate> => {
    await key(name);
    await openssl("req", "-new", "-key", file(`${name}.key`), "-subj", `/CN=${name}`, "-out", file(`${name}.csr`));
    await writeFile(file(`${name}.ext`), `subjectAltName=IP:127.0.0.1,IP:${address},DNS:localhost\n`);
    await openssl(
      ...["x509", "-req", "-in", file(`${name}.csr`), "-CA", file("authority.pem"), "-CAkey", file("authority.key")],
      ...["-CAcreateserial", "-days", "2", "-extfile", file(`${name}.ext`), "-out", file(`${name}.pem`)],
    );
    return {
      certificate: await readFile(file(`${name}.pem`), "utf8"),
      key: await readFile(file(`${name}.key`), "utf8"),
    };
  };
  try {
    return {
      address,
      authority: await authority("authority"),
      otherAuthority: await authority("other"),
      server: await issued("server"),
      client: await issued("client"),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Writes what a server needs into a folder, readable by other users, and resolves with the paths. */
export async function writeCertificates(
  folder: string,
  { authority, server }: TestCertificates,
): Promise<{ readonly authority: string; readonly certificate: string; readonly key: string }> {
  const files = {
    authority: join(folder, "authority.pem"),
    certificate: join(folder, "server.pem"),
    key: join(folder, "server.key"),
  };
  await writeFile(files.authority, authority);
  await writeFile(files.certificate, server.certificate);
  await writeFile(files.key, server.key);
  return files;
}
