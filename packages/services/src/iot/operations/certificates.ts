import { generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { selfSignedCertificate } from "@hearth/kit";
import { bool, structure, text } from "@hearth/model";
import type { IotCertificate, IotCertificateStatus } from "@hearth/store";
import { operation, type RequestContext } from "@hearth/wire";
import { z } from "zod";
import { certificateArn, readCertificate, type ReadCertificate } from "../certificate.ts";
import type { IotDeps } from "../deps.ts";
import {
  CertificateStateException,
  CertificateValidationException,
  DeleteConflictException,
  InvalidRequestException,
  LimitExceededException,
  noCertificate,
  ResourceAlreadyExistsException,
  ResourceNotFoundException,
  ThrottlingException,
} from "../errors.ts";
import { keyIn, pageOf } from "../paging.ts";
import { refuseWhenDiskIsShort } from "../refuseWhenDiskIsShort.ts";
import * as words from "../words.ts";

const MAX_CERTIFICATES = 10_000;
const DEFAULT_PAGE = 25;
const YEAR_MS = 365 * 86_400_000;
/** As AWS's, which end with the year 2049. */
const NOT_AFTER_MS = Date.UTC(2049, 11, 31, 23, 59, 59);
const makeKeys = promisify(generateKeyPair);

/** Registers a certificate. Resolves with its ARN and id. */
async function register(
  { accountId, region }: RequestContext,
  { certificates }: Pick<IotDeps, "certificates">,
  certificate: ReadCertificate,
  status: IotCertificateStatus,
): Promise<{ readonly certificateArn: string; readonly certificateId: string }> {
  const { certificateId } = certificate;
  const added = await certificates.add({ ...certificate, accountId, region, status }, MAX_CERTIFICATES);
  if (added === "tooMany") throw new LimitExceededException(`An account has at most ${MAX_CERTIFICATES} certificates`);
  if (added === "taken") throw new ResourceAlreadyExistsException("The certificate is already registered.");
  return { certificateArn: certificateArn({ accountId, region }, certificateId), certificateId };
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_CreateKeysAndCertificate.html */
export const createKeysAndCertificate = operation({
  name: "CreateKeysAndCertificate",
  http: ["POST", "/keys-and-certificate", 200],
  query: { setAsActive: "setAsActive" },
  input: structure({ setAsActive: bool().optional() }),
  output: structure({
    certificateArn: z.string(),
    certificateId: z.string(),
    certificatePem: z.string(),
    keyPair: structure({ PublicKey: z.string(), PrivateKey: z.string() }),
  }),
  errors: [InvalidRequestException, LimitExceededException, ResourceAlreadyExistsException, ThrottlingException],
  async handle({ setAsActive = false }, context, deps: IotDeps) {
    refuseWhenDiskIsShort(deps);
    const { publicKey, privateKey } = await makeKeys("rsa", { modulusLength: 2048 });
    const pem = selfSignedCertificate({
      privateKey,
      commonName: "Hearth IoT Certificate",
      // A device's clock may be behind.
      notBeforeMs: deps.clock.now() - YEAR_MS,
      notAfterMs: NOT_AFTER_MS,
    });
    const registered = await register(context, deps, readCertificate(pem), setAsActive ? "ACTIVE" : "INACTIVE");
    return {
      ...registered,
      certificatePem: pem,
      keyPair: {
        PublicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
        PrivateKey: privateKey.export({ type: "pkcs1", format: "pem" }).toString(),
      },
    };
  },
});

const Registered = structure({ certificateArn: z.string(), certificateId: z.string() });
const registering = [
  CertificateValidationException,
  InvalidRequestException,
  LimitExceededException,
  ResourceAlreadyExistsException,
  ThrottlingException,
];

/** https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCertificate.html. The CA is not needed: the device proves that it has the key. */
export const registerCertificate = operation({
  name: "RegisterCertificate",
  http: ["POST", "/certificate/register", 200],
  query: { setAsActive: "setAsActive" },
  input: structure({
    certificatePem: words.CertificatePem,
    caCertificatePem: words.CertificatePem.optional(),
    setAsActive: bool().optional(),
    status: words.CertificateStatus.optional(),
  }),
  output: Registered,
  errors: registering,
  async handle({ certificatePem, setAsActive, status }, context, deps: IotDeps) {
    refuseWhenDiskIsShort(deps);
    return await register(context, deps, readCertificate(certificatePem), given(status, setAsActive));
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_RegisterCertificateWithoutCA.html */
export const registerCertificateWithoutCA = operation({
  name: "RegisterCertificateWithoutCA",
  http: ["POST", "/certificate/register-no-ca", 200],
  input: structure({ certificatePem: words.CertificatePem, status: words.CertificateStatus.optional() }),
  output: Registered,
  errors: registering,
  async handle({ certificatePem, status }, context, deps: IotDeps) {
    refuseWhenDiskIsShort(deps);
    return await register(context, deps, readCertificate(certificatePem), given(status));
  },
});

function given(status: string | undefined, isActive = false): IotCertificateStatus {
  const wanted = status ?? (isActive ? "ACTIVE" : "INACTIVE");
  if (wanted === "ACTIVE" || wanted === "INACTIVE" || wanted === "REVOKED") return wanted;
  throw new InvalidRequestException(`Hearth does not have the status ${wanted}`);
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeCertificate.html */
export const describeCertificate = operation({
  name: "DescribeCertificate",
  http: ["GET", "/certificates/{certificateId}", 200],
  input: structure({ certificateId: words.CertificateId }),
  output: structure({
    certificateDescription: structure({
      certificateArn: z.string(),
      certificateId: z.string(),
      status: z.string(),
      certificatePem: z.string(),
      ownedBy: z.string(),
      creationDate: z.date(),
      lastModifiedDate: z.date(),
      customerVersion: z.number(),
      generationId: z.string(),
      validity: structure({ notBefore: z.date(), notAfter: z.date() }),
      certificateMode: z.string(),
    }),
  }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ certificateId }, context, { certificates }: Pick<IotDeps, "certificates">) {
    const found = await certificates.find(context, certificateId.toLowerCase());
    if (!found) throw noCertificate(certificateId);
    const { pem, notBeforeMs, notAfterMs, modifiedMs, accountId } = found;
    return {
      certificateDescription: {
        ...shown(found),
        certificatePem: pem,
        ownedBy: accountId,
        lastModifiedDate: new Date(modifiedMs),
        customerVersion: 1,
        generationId: found.certificateId.slice(0, 32),
        validity: { notBefore: new Date(notBeforeMs), notAfter: new Date(notAfterMs) },
      },
    };
  },
});

function shown(certificate: IotCertificate) {
  const { certificateId, status, createdMs } = certificate;
  return {
    certificateArn: certificateArn(certificate, certificateId),
    certificateId,
    status,
    certificateMode: "SNI_ONLY",
    creationDate: new Date(createdMs),
  };
}

/** https://docs.aws.amazon.com/iot/latest/apireference/API_ListCertificates.html */
export const listCertificates = operation({
  name: "ListCertificates",
  http: ["GET", "/certificates", 200],
  query: { pageSize: "pageSize", marker: "marker", ascendingOrder: "isAscendingOrder" },
  input: structure({
    pageSize: words.PageSize.optional(),
    marker: words.Marker.optional(),
    ascendingOrder: bool().optional(),
  }),
  output: structure({
    certificates: z.array(
      structure({
        certificateArn: z.string(),
        certificateId: z.string(),
        status: z.string(),
        certificateMode: z.string(),
        creationDate: z.date(),
      }),
    ),
    nextMarker: z.string().optional(),
  }),
  errors: [InvalidRequestException],
  async handle({ pageSize = DEFAULT_PAGE, marker }, context, { certificates }: Pick<IotDeps, "certificates">) {
    const found = await certificates.list(context, { after: keyIn(marker), limit: pageSize + 1 });
    const { items, next } = pageOf(found, pageSize, ({ certificateId }) => certificateId);
    return { certificates: items.map(shown), ...(next !== undefined && { nextMarker: next }) };
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_UpdateCertificate.html */
export const updateCertificate = operation({
  name: "UpdateCertificate",
  http: ["PUT", "/certificates/{certificateId}", 200],
  query: { newStatus: "newStatus" },
  input: structure({ certificateId: words.CertificateId, newStatus: words.CertificateStatus }),
  errors: [CertificateStateException, InvalidRequestException, ResourceNotFoundException],
  async handle({ certificateId, newStatus }, context, { certificates }: Pick<IotDeps, "certificates">) {
    if (!(await certificates.setStatus(context, certificateId.toLowerCase(), given(newStatus)))) {
      throw noCertificate(certificateId);
    }
    return undefined;
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DeleteCertificate.html */
export const deleteCertificate = operation({
  name: "DeleteCertificate",
  http: ["DELETE", "/certificates/{certificateId}", 200],
  query: { forceDelete: "forceDelete" },
  input: structure({ certificateId: words.CertificateId, forceDelete: bool().optional() }),
  errors: [CertificateStateException, DeleteConflictException, InvalidRequestException, ResourceNotFoundException],
  async handle({ certificateId, forceDelete = false }, context, { certificates }: Pick<IotDeps, "certificates">) {
    const deleted = await certificates.delete(context, certificateId.toLowerCase(), forceDelete);
    if (deleted === "absent") throw noCertificate(certificateId);
    if (deleted === "active") {
      throw new CertificateStateException(
        "Certificate must be deactivated (not ACTIVE) before deletion. Id: " + certificateId,
      );
    }
    if (deleted === "attached") {
      throw new DeleteConflictException(
        `Certificate policies must be detached before deletion. CertificateId: ${certificateId}`,
      );
    }
    return undefined;
  },
});

/** https://docs.aws.amazon.com/iot/latest/apireference/API_DescribeEndpoint.html */
export const describeEndpoint = operation({
  name: "DescribeEndpoint",
  http: ["GET", "/endpoint", 200],
  query: { endpointType: "endpointType" },
  input: structure({ endpointType: text({ max: 128 }).optional() }),
  output: structure({ endpointAddress: z.string() }),
  errors: [InvalidRequestException, ResourceNotFoundException],
  async handle({ endpointType = "iot:Data" }, { endpoint }) {
    if (endpointType !== "iot:Data" && endpointType !== "iot:Data-ATS") {
      throw new InvalidRequestException(`Hearth does not have an endpoint of the type ${endpointType}`);
    }
    return { endpointAddress: new URL(endpoint).host };
  },
});
