import { AccessDeniedException, type Caller, InvalidSignatureException } from "@hearth/model";
import { readClaim, type SignatureVerifier } from "@hearth/wire";
import type { HttpRequest } from "../httpRequest.ts";

/** Who signed a request. */
export interface SignedCaller {
  readonly caller: Caller;
  /** The signature covers the body, and is only known to be right when `verifyBody` has accepted that. */
  readonly isBodyPending: boolean;
  /** Throws InvalidSignatureException. */
  verifyBody(body: Uint8Array): void;
}

/** The callers of endpoints that demand a signature of version 4. */
export class SignedCallers {
  readonly #signatures: SignatureVerifier;
  readonly #service: string;

  /** `service`: the name that requests must be signed for. */
  constructor(signatures: SignatureVerifier, service: string) {
    this.#signatures = signatures;
    this.#service = service;
  }

  /** Rejects with AccessDeniedException for a request that is not signed, and with the errors of signatures. */
  async of(request: HttpRequest): Promise<SignedCaller> {
    const claim = readClaim(request.raw);
    if (!claim) throw new AccessDeniedException("Forbidden");
    const { service } = claim.scope;
    if (service !== this.#service) {
      throw new InvalidSignatureException(`Credential should be scoped to correct service: '${this.#service}'. `);
    }
    const key = await this.#signatures.admit(claim, request.channel);
    const declared = this.#signatures.verifyHead(claim, key, request.raw);
    return {
      caller: key.caller,
      isBodyPending: declared === undefined,
      verifyBody: (body) => this.#signatures.verifyBody(claim, key, request.raw, declared, body),
    };
  }
}
