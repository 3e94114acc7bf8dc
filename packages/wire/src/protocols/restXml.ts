import type { AwsError } from "@hearth/model";
import { escapeXml, xmlWriter } from "../codecs/xml.ts";
import { decodeXml } from "../codecs/xmlInput.ts";
import type { Service } from "../operation.ts";
import type { Shape } from "../schema/shape.ts";
import { RestProtocol } from "./rest/restProtocol.ts";
import type { Answer } from "./serviceProtocol.ts";

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** REST-XML, S3's protocol. https://smithy.io/2.0/aws/protocols/aws-restxml-protocol.html */
export class RestXmlProtocol extends RestProtocol {
  constructor(service: Service, maxBodyBytes: number) {
    const namespace = service.xmlNamespace;
    super(service, maxBodyBytes, {
      contentType: "application/xml",
      decoder: (shape) => (body) => decodeXml(body, shape),
      encoder: (shape, name) => {
        const write = xmlWriter(namespace === undefined ? shape : inNamespace(shape, namespace));
        const root = shape.traits.xmlName ?? name;
        return (output) => Buffer.from(DECLARATION + write(root, output));
      },
      badLabel: service.badLabel,
      encodeError: (given, requestId) => {
        const error = service.translateError?.(given) ?? given;
        return service.bareXmlErrors
          ? encodeBareXmlError(error, requestId)
          : encodeRestXmlError(error, requestId, namespace);
      },
    });
  }
}

/** The root element names the service's namespace, unless its schema names another. */
function inNamespace(shape: Shape, uri: string): Shape {
  return { ...shape, traits: { xmlNamespace: { uri }, ...shape.traits } };
}

/** `<Error>` without a wrapper, as S3 answers. */
export function encodeBareXmlError(error: AwsError, requestId: string): Answer {
  const xml = `${DECLARATION}<Error>${details(error)}<RequestId>${requestId}</RequestId><HostId>${requestId}</HostId></Error>`;
  return {
    status: error.httpStatus,
    headers: {
      "Content-Type": "application/xml",
      "x-amz-request-id": requestId,
      "x-amz-id-2": requestId,
      ...error.headers,
    },
    body: Buffer.from(xml),
  };
}

function encodeRestXmlError(error: AwsError, requestId: string, namespace: string | undefined): Answer {
  const type = error.fault === "client" ? "Sender" : "Receiver";
  const attribute = namespace === undefined ? "" : ` xmlns="${namespace}"`;
  const xml =
    `${DECLARATION}<ErrorResponse${attribute}><Error><Type>${type}</Type>${details(error)}</Error>` +
    `<RequestId>${requestId}</RequestId></ErrorResponse>`;
  return {
    status: error.httpStatus,
    headers: { "Content-Type": "application/xml", ...error.headers },
    body: Buffer.from(xml),
  };
}

function details({ code, message, members }: AwsError): string {
  // Members of errors of services with this protocol are texts.
  const further = Object.entries(members).map(([name, value]) =>
    typeof value === "string" ? `<${name}>${escapeXml(value)}</${name}>` : "",
  );
  return `<Code>${code}</Code><Message>${escapeXml(message)}</Message>${further.join("")}`;
}
