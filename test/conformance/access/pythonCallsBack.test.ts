import { CreateFunctionCommand, InvokeCommand, LambdaClient, waitUntilFunctionActiveV2 } from "@aws-sdk/client-lambda";
import { zipOf } from "@hearth/testkit";
import { expect, test } from "vitest";
import { accessTarget } from "./accessTarget.ts";

/** Signs by hand, since a bare Python has no SDK. Several calls at once, as threads make them. */
const CODE = `
import datetime, hashlib, hmac, os, urllib.request
from concurrent.futures import ThreadPoolExecutor

def sign(key, text):
    return hmac.new(key, text.encode(), hashlib.sha256).digest()

def who_am_i(_):
    url, region = os.environ["AWS_ENDPOINT_URL_STS"], os.environ["AWS_REGION"]
    body = "Action=GetCallerIdentity&Version=2011-06-15"
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "host": url.split("//")[1],
        "x-amz-date": now,
        "x-amz-security-token": os.environ["AWS_SESSION_TOKEN"],
    }
    names = ";".join(sorted(headers))
    lines = "".join("%s:%s\\n" % (name, headers[name]) for name in sorted(headers))
    canonical = "POST\\n/\\n\\n%s\\n%s\\n%s" % (lines, names, hashlib.sha256(body.encode()).hexdigest())
    scope = "%s/%s/sts/aws4_request" % (now[:8], region)
    text = "AWS4-HMAC-SHA256\\n%s\\n%s\\n%s" % (now, scope, hashlib.sha256(canonical.encode()).hexdigest())
    key = ("AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"]).encode()
    for part in scope.split("/"):
        key = sign(key, part)
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    headers["authorization"] = "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s" % (
        os.environ["AWS_ACCESS_KEY_ID"], scope, names, signature)
    request = urllib.request.Request(url + "/", body.encode(), headers)
    return urllib.request.urlopen(request, timeout=5).read().decode()

def handler(event, context):
    with ThreadPoolExecutor(10) as pool:
        return list(pool.map(who_am_i, range(20)))
`;

test("a Python function calls Hearth with the credentials of its environment, also many times at once", async () => {
  await using target = await accessTarget();
  const lambda = new LambdaClient(target.config);
  const Role = await target.newRole({ Principal: { Service: "lambda.amazonaws.com" } });
  await lambda.send(
    new CreateFunctionCommand({
      FunctionName: "python",
      Role,
      Runtime: "python3.13",
      Handler: "app.handler",
      Timeout: 20,
      Code: { ZipFile: await zipOf({ "app.py": CODE }) },
    }),
  );
  const wait = { client: lambda, maxWaitTime: 60, minDelay: 0.05, maxDelay: 0.2 };
  await waitUntilFunctionActiveV2(wait, { FunctionName: "python" });
  const { Payload } = await lambda.send(new InvokeCommand({ FunctionName: "python" }));
  const answers = JSON.parse(Buffer.from(Payload ?? []).toString()) as string[];
  expect(answers).toHaveLength(20);
  expect(new Set(answers.map((answer) => /<Arn>(.*)<\/Arn>/.exec(answer)?.[1]))).toEqual(
    new Set([`arn:aws:sts::000000000000:assumed-role/${Role.split("/").at(-1)}/python`]),
  );
});
