import { AccessDeniedException, type Caller, InvalidSignatureException } from "@hearth/model";
import { type PageGuard, readClaim, type SignatureVerifier } from "@hearth/wire";
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
  readonly #signatures: Pick<SignatureVerifier, "admit" | "verifyHead" | "verifyBody">;
  readonly #service: string;
  readonly #guard: Pick<PageGuard, "check"> | undefined;

  /** `service`: the name that requests must be signed for. `guard` refuses those that a web page could have signed. */
  constructor(
    signatures: Pick<SignatureVerifier, "admit" | "verifyHead" | "verifyBody">,
    service: string,
    guard?: Pick<PageGuard, "check">,
  ) {
    this.#signatures = signatures;
    this.#service = service;
    this.#guard = guard;
  }

  /** Rejects with AccessDeniedException for a request that is not signed, and with the errors of signatures. */
  async of(request: HttpRequest): Promise<SignedCaller> {
    const claim = readClaim(request.raw);
    if (!claim) throw new AccessDeniedException("Forbidden");
    this.#guard?.check(request.incoming.headers);
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
