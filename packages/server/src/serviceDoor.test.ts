import { compilePolicy, SessionTokens } from "@hearth/access";
import { SERVICE_CHANNEL, ServiceCaller } from "@hearth/gateway";
import { silentLogger, SystemClock, systemRandom } from "@hearth/kit";
import { AccessDeniedException } from "@hearth/model";
import { bind, createRequestHandler, operation, type RequestHandler } from "@hearth/wire";
import { expect, test } from "vitest";
import { z } from "zod";
import { serviceDoor } from "./serviceDoor.ts";

const clock = new SystemClock();
const RoleArn = "arn:aws:iam::111122223333:role/api";

/** A call to a service whose only operation answers who called it. `behind` makes of its handler what is behind the door. */
function doorTo(behind: (handle: RequestHandler) => RequestHandler = (handle) => handle) {
  const sessions = new SessionTokens(Buffer.alloc(32, 1), systemRandom);
  const whoAmI = operation({
    name: "WhoAmI",
    input: z.object({ Size: z.number().optional() }),
    output: z.object({ Arn: z.string(), Fill: z.string(), Endpoint: z.string() }),
    errors: [AccessDeniedException],
    handle: async ({ Size = 0 }, { caller, endpoint }) => ({
      Arn: caller.arn,
      Fill: "x".repeat(Size),
      Endpoint: endpoint,
    }),
  });
  const handle = createRequestHandler({
    services: [
      {
        signingName: "toys",
        protocols: ["json-1.0"],
        targetPrefix: "Toys",
        notBuilt: [],
        operations: bind([whoAmI], {}),
      },
    ],
    findAccessKey: (id, token = "") => sessions.open(id, token),
    authorize: ({ caller, origin }) => {
      if (!origin.secureTransport) throw new AccessDeniedException("only over a secure connection");
      return caller.accountId;
    },
    clock,
    random: systemRandom,
    regions: ["us-east-1"],
    logger: silentLogger,
  });
  const trust = compilePolicy({
    Statement: [{ Effect: "Allow", Principal: { Service: SERVICE_CHANNEL }, Action: "sts:AssumeRole" }],
  });
  const role = { id: "AROA1", Path: "/", Tags: {}, policies: [], boundary: undefined, trust, MaxSessionDuration: 3600 };
  const identities = { find: (_kind: string, _account: string, name: string) => (name === "api" ? role : undefined) };
  const services = new ServiceCaller({
    ...{ identities, sessions, clock, host: "127.0.0.1:4566" },
    door: serviceDoor(behind(handle), "http"),
  });
  return async (input: object, headers: Readonly<Record<string, string>> = {}, signal?: AbortSignal) =>
    await services.call(
      {
        ...{ accountId: "111122223333", region: "us-east-1", RoleArn, sourceArn: "arn:aws:execute-api:::x" },
        ...{ service: "toys", serviceRegion: "us-east-1", method: "POST", path: "/", search: "" },
        headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": "Toys.WhoAmI", ...headers },
        body: Buffer.from(JSON.stringify(input)),
      },
      signal ?? new AbortController().signal,
    );
}

test("a request is the role's, over a way that counts as secure, and headers of its own cannot change that", async () => {
  const call = doorTo();
  const own = {
    authorization: "AWS4",
    host: "elsewhere",
    "content-length": "1",
    "x-forwarded-proto": "https",
    "x-hearth-forwarded": "a;b;c",
  };
  const answer = await call({}, { ...own, "bad name": "x", "x-bad": "a\r\nb: c" });
  expect(answer).toMatchObject({ status: 200, headers: { "content-type": "application/x-amz-json-1.0" } });
  expect(JSON.parse(Buffer.from(answer.body).toString())).toEqual({
    Arn: "arn:aws:sts::111122223333:assumed-role/api/BackplaneAssumeRoleSession",
    Fill: "",
    Endpoint: "http://127.0.0.1:4566",
  });
});

test("the signed request is refused when it comes in by another way", async () => {
  for (const channel of ["another-sandbox", undefined]) {
    const elsewhere =
      (handle: RequestHandler): RequestHandler =>
      (request, response) =>
        handle(request, response, channel);
    const answer = await doorTo(elsewhere)({});
    expect(answer.status).toBe(403);
    expect(Buffer.from(answer.body).toString()).toContain("UnrecognizedClientException");
  }
});

test("an answer of more than 10 MB is a fault of the API's definition, and a client that goes ends the call", async () => {
  const call = doorTo();
  await expect(call({ Size: 11 * 1024 * 1024 })).rejects.toThrow("longer than 10 MB");
  await expect(call({}, {}, AbortSignal.abort(new Error("gone")))).rejects.toThrow("gone");
  const ending = new AbortController();
  const never = doorTo(() => () => ending.abort(new Error("gone")));
  await expect(never({}, {}, ending.signal)).rejects.toThrow();
});
