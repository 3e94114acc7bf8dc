import { describe, expect, test } from "vitest";
import { ConfigError, readConfig, regionsOf } from "./config.ts";

const read = (env: Record<string, string>) => readConfig(env, "/clone");
const problemsOf = (env: Record<string, string>): string => {
  try {
    read(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
};

describe("readConfig", () => {
  test("an empty environment configures the embedded Hearth on loopback", () => {
    expect(read({})).toMatchObject({
      HEARTH_LISTEN: { host: "127.0.0.1", port: 4566 },
      HEARTH_DATA: "/clone/.hearth",
      HEARTH_ROLE: "all",
      HEARTH_DRIVER: "auto",
      HEARTH_EGRESS_ALLOW: [],
      HEARTH_EGRESS_UNFILTERED: false,
    });
  });

  test("an empty variable counts as not set", () => {
    expect(read({ DATABASE_URL: "", HEARTH_LISTEN: "" }).HEARTH_LISTEN.port).toBe(4566);
  });

  test("an unknown setting is an error that names the nearest one", () => {
    expect(problemsOf({ HEARTH_LISTNE: "1" })).toContain("Did you mean HEARTH_LISTEN?");
    expect(problemsOf({ HEARTH_IDLE_TTL: "1" })).toContain("Did you mean HEARTH_IDLE_TTL_MS?");
    expect(problemsOf({ HEARTH_FOO: "1" })).toContain(
      "HEARTH_FOO is not a setting of Hearth. See docs/configuration.md.",
    );
  });

  test("the user that root becomes is none that functions run as, and not root by its number", () => {
    expect(read({ HEARTH_USER: "1500:1501" }).HEARTH_USER).toEqual({ uid: 1500, gid: 1501 });
    expect(read({ HEARTH_USER: "root" }).HEARTH_USER).toBe("root");
    expect(problemsOf({ HEARTH_USER: "993:990" })).toContain("is a user that functions run as");
    expect(problemsOf({ HEARTH_USER: "2000000001:990" })).toContain("is a user that functions run as");
    expect(problemsOf({ HEARTH_USER: "0:0" })).toContain("HEARTH_USER");
  });

  test("grants of connections to the outside are parsed, and a wrong one is named", () => {
    const { HEARTH_OUTBOUND_ALLOW: grants } = read({
      HEARTH_OUTBOUND_ALLOW: "123456789012=10.0.0.0/8:443, *=[fd00::]/8",
    });
    expect(grants).toMatchObject([
      { accountId: "123456789012", port: 443 },
      { accountId: undefined, port: undefined },
    ]);
    expect(grants[0]?.contains("10.1.2.3")).toBe(true);
    expect(problemsOf({ HEARTH_OUTBOUND_ALLOW: "10.0.0.0/8:443" })).toContain("must be a list such as 123456789012=10");
  });

  test("a mail server needs a sender, and the public address has no query", () => {
    expect(problemsOf({ HEARTH_SMTP_URL: "smtp://mail.example.org" })).toContain("must be set together");
    const smtp = { HEARTH_SMTP_URL: "smtp://mail.example.org", HEARTH_SMTP_FROM: "Hearth <hearth@example.org>" };
    expect(problemsOf(smtp)).toBe("");
    expect(problemsOf({ ...smtp, HEARTH_SMTP_FROM: "a@b.c\r\nBcc: x@y.z" })).toContain("HEARTH_SMTP_FROM");
    expect(problemsOf({ HEARTH_PUBLIC_URL: "https://hearth.example.org/?a=b" })).toContain("must have no user name");
  });

  test("variables that Kubernetes sets for its services are ignored", () => {
    expect(
      problemsOf({
        HEARTH_PORT: "tcp://10.0.0.1:4566",
        HEARTH_PORT_4566_TCP: "tcp://10.0.0.1:4566",
        HEARTH_SERVICE_HOST: "10.0.0.1",
        HEARTH_CONTROL_SERVICE_PORT: "4566",
      }),
    ).toBe("");
  });

  test("every problem is named at once, and secrets are not repeated", () => {
    const problems = problemsOf({
      HEARTH_DRIVER: "podman",
      DATABASE_URL: "mysql://me:pass@x/y",
      HEARTH_DRAIN_MS: "soon",
    });
    expect(problems.split("\n")).toHaveLength(3);
    expect(problems).toContain('HEARTH_DRIVER="podman"');
    expect(problems).toContain('HEARTH_DRAIN_MS="soon" must be a number.');
    expect(problems).not.toContain("pass");
  });

  test("the default key is refused beyond loopback", () => {
    expect(problemsOf({ HEARTH_LISTEN: "0.0.0.0:4566" })).toContain("secret key is the default");
    expect(problemsOf({ HEARTH_LISTEN: "[::]:4566", HEARTH_SECRET_ACCESS_KEY: "a secret of my own" })).toBe("");
    expect(problemsOf({ HEARTH_LISTEN: "[::]:4566", HEARTH_SECRET_ACCESS_KEY: "of my own" })).toContain("at least 16");
    expect(problemsOf({ HEARTH_SECRET_ACCESS_KEY: "of my own" })).toBe("");
    expect(problemsOf({ HEARTH_LISTEN: "[::1]:4566" })).toBe("");
  });

  test("an invoker needs PostgreSQL and the address of control", () => {
    expect(problemsOf({ HEARTH_ROLE: "invoker" })).toMatch(/DATABASE_URL.*\n.*HEARTH_CONTROL_URL/);
  });

  test("further regions are served beside the first, which need not be repeated; all are of one partition", () => {
    expect(regionsOf(read({}))).toEqual(["us-east-1"]);
    const env = { HEARTH_REGION: "eu-west-1", HEARTH_REGIONS: "eu-central-1, eu-west-1,eu-north-1" };
    expect(regionsOf(read(env))).toEqual(["eu-west-1", "eu-central-1", "eu-north-1"]);
    expect(problemsOf({ HEARTH_REGIONS: "Frankfurt" })).toContain("must be a list such as eu-west-1,eu-central-1");
    expect(problemsOf({ HEARTH_REGIONS: "cn-north-1" })).toContain("cn-north-1 of the partition aws-cn");
  });

  test("metrics can be turned off", () => {
    expect(read({ HEARTH_METRICS_LISTEN: "off" }).HEARTH_METRICS_LISTEN).toBeUndefined();
  });
});
