import type { ApiAuthorizer } from "@hearth/apis";
import { ManualClock } from "@hearth/kit";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { beforeAll, beforeEach, expect, test } from "vitest";
import type { HttpCall } from "./httpCall.ts";
import { JwtAuthorizer } from "./jwtAuthorizer.ts";
import { SigningKeys } from "./signingKeys.ts";

const ISSUER = "https://issuer.example";
const NOW = Date.parse("2026-11-29T12:00:00Z");
const authorizer: ApiAuthorizer = {
  authorizerId: "a1",
  authorizerType: "JWT",
  identitySource: ["$request.header.authorization"],
  jwtConfiguration: { issuer: ISSUER, audience: ["me", "you"] },
};

let keys: Awaited<ReturnType<typeof generateKeyPair>>;
let other: Awaited<ReturnType<typeof generateKeyPair>>;
let published: JWK[];
let asked: string[];
let fails = false;
let clock: ManualClock;
let authority: JwtAuthorizer;

beforeAll(async () => {
  [keys, other] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("ES256")]);
});

beforeEach(async () => {
  asked = [];
  fails = false;
  published = [{ ...(await exportJWK(keys.publicKey)), kid: "one", alg: "RS256" }];
  clock = new ManualClock(NOW);
  const answer = (value: object) =>
    Promise.resolve({ status: 200, headers: {}, body: Buffer.from(JSON.stringify(value)), isTruncated: false });
  const request = ({ url }: { readonly url: string }) => {
    asked.push(url);
    if (fails) return Promise.reject(new Error("no connection"));
    return answer(url.endsWith("/openid-configuration") ? { jwks_uri: `${ISSUER}/keys` } : { keys: published });
  };
  authority = new JwtAuthorizer({ keys: new SigningKeys({ outbound: { request }, clock }), clock });
});

const callWith = (authorization: string | undefined, authorizationScopes?: readonly string[]): HttpCall =>
  ({
    request: { header: (name: string) => (name === "authorization" ? authorization : undefined) },
    api: { accountId: "000000000000", apiId: "abc" },
    route: { authorizationScopes },
  }) as unknown as HttpCall;

interface Claims {
  readonly [name: string]: unknown;
}
async function token(claims: Claims = {}, { kid = "one", alg = "RS256", key = keys.privateKey } = {}): Promise<string> {
  const seconds = NOW / 1000;
  return await new SignJWT({ iss: ISSUER, aud: "me", exp: seconds + 600, iat: seconds, ...claims })
    .setProtectedHeader({ alg, kid })
    .sign(key);
}
const ask = async (jwt: string | undefined, scopes?: readonly string[]) => {
  const answer = await authority.authorize(
    callWith(jwt === undefined ? undefined : `Bearer ${jwt}`, scopes),
    authorizer,
  );
  if (answer.kind === "allowed") return answer.context?.v2;
  return [answer.reply.status, answer.reply.headers["www-authenticate"]];
};

test("a token of the issuer for the audience is accepted, and its claims become texts", async () => {
  const jwt = await token({ sub: "u", groups: ["a", "b"], level: 3, scope: "read write" });
  expect(await ask(jwt, ["write"])).toEqual({
    jwt: {
      claims: expect.objectContaining({ sub: "u", groups: "[a b]", level: "3", aud: "me", iss: ISSUER }),
      scopes: ["read", "write"],
    },
  });
});

test("a token without an audience is for its client", async () => {
  expect(await ask(await token({ aud: undefined, client_id: "you" }))).toMatchObject({ jwt: { scopes: null } });
});

test("no token, and tokens that are wrong", async () => {
  const invalid = (description: string) => [
    401,
    `Bearer scope="" error="invalid_token" error_description="${description}"`,
  ];
  expect(await ask(undefined)).toEqual([401, "Bearer"]);
  expect(await ask("a.b.c")).toEqual(invalid("the token is invalid"));
  expect(await ask(await token({ exp: NOW / 1000 - 1 }))).toEqual(invalid("the token has expired"));
  expect(await ask(await token({ nbf: NOW / 1000 + 100 }))).toEqual(invalid("the token is not valid yet"));
  expect(await ask(await token({ iss: "https://evil.example" }))).toEqual(invalid("the issuer is invalid"));
  expect(await ask(await token({ aud: "someone" }))).toEqual(invalid("the token does not have a valid audience"));
  expect(await ask(await token({}, { alg: "ES256", key: other.privateKey }))).toEqual(
    invalid("signing method or key is invalid"),
  );
});

test("symmetric signatures and tokens without one are never accepted, whatever the keys are", async () => {
  const secret = new TextEncoder().encode(JSON.stringify(published[0]));
  const seconds = NOW / 1000;
  const claims = { iss: ISSUER, aud: "me", exp: seconds + 600 };
  const hs = await new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid: "one" }).sign(secret);
  expect(await ask(hs)).toMatchObject([401, expect.stringMatching(/invalid_token/)]);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  expect(await ask(`${part({ alg: "none" })}.${part(claims)}.`)).toMatchObject([
    401,
    expect.stringMatching(/invalid_token/),
  ]);
});

test("a token without one of the route's scopes is refused with 403", async () => {
  expect(await ask(await token({ scp: ["read"] }), ["write", "admin"])).toEqual([
    403,
    'Bearer scope="write admin" error="insufficient_scope" error_description="the token does not have a required scope"',
  ]);
});

test("keys are read once, and for an unknown key id again at most every five minutes", async () => {
  await ask(await token());
  await ask(await token({ jti: "2" }));
  expect(asked).toHaveLength(2);
  published = [{ ...(await exportJWK(other.publicKey)), kid: "two", alg: "ES256" }];
  const rotated = await token({}, { kid: "two", alg: "ES256", key: other.privateKey });
  expect(await ask(rotated)).toMatchObject([401, expect.anything()]);
  expect(asked).toHaveLength(2);
  await clock.advance(300_001);
  expect(
    await ask(await token({ exp: NOW / 1000 + 900 }, { kid: "two", alg: "ES256", key: other.privateKey })),
  ).toHaveProperty("jwt");
  for (let i = 0; i < 5; i++) await ask(await token({ jti: String(i), exp: NOW / 1000 + 900 }, { kid: `none${i}` }));
  expect(asked).toHaveLength(4);
});

test("an issuer that cannot be reached is the API's failure, and is not asked for each request", async () => {
  fails = true;
  expect(await ask(await token())).toEqual([500, undefined]);
  expect(await ask(await token())).toEqual([500, undefined]);
  expect(asked).toHaveLength(1);
  fails = false;
  await clock.advance(5_001);
  expect(await ask(await token())).toHaveProperty("jwt");
});
