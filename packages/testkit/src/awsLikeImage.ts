import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import type Docker from "dockerode";
import { makeImages } from "./functionImage.ts";
import { pushTo } from "./testRegistry.ts";

const ENTRY = `#!/bin/sh
export _HANDLER="$1"
exec /var/runtime/bootstrap
`;
const BOOTSTRAP = `#!/bin/sh
exec $AWS_LAMBDA_EXEC_WRAPPER /var/lang/bin/python3.13 /var/runtime/bootstrap.py
`;
/** What the client in AWS's image does, by HTTP alone. */
const CLIENT = `import http.client, importlib, json, os, sys
sys.path.insert(0, os.environ["LAMBDA_TASK_ROOT"])
module, name = os.environ["_HANDLER"].rsplit(".", 1)
handler = getattr(importlib.import_module(module), name)
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
while True:
    api.request("GET", "/2018-06-01/runtime/invocation/next")
    answer = api.getresponse()
    event, request = json.loads(answer.read()), answer.headers["Lambda-Runtime-Aws-Request-Id"]
    api.request("POST", "/2018-06-01/runtime/invocation/%s/response" % request, json.dumps(handler(event, None)))
    api.getresponse().read()
`;
const FILES = { entry: ENTRY, bootstrap: BOOTSTRAP, "bootstrap.py": CLIENT };

const dockerfile = (base: string, release: string): string => `FROM ${base}
USER root
RUN rm -rf /var/runtime /run/hearth
COPY entry /lambda-entrypoint.sh
COPY bootstrap bootstrap.py /var/runtime/
RUN echo ${release} >/var/runtime/release && chmod 755 /lambda-entrypoint.sh /var/runtime/bootstrap
ENV LANG=en_US.UTF-8 TZ=:/etc/localtime PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin
ENV LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime ONLY_IN_IMAGE=${release}
WORKDIR /var/task
ENTRYPOINT ["/lambda-entrypoint.sh"]
CMD []
`;

/** Pushes an image that is laid out like AWS's base images for Python, and has `release` in /var/runtime/release, to a registry by `name`. */
export async function pushAwsLikeImage(docker: Docker, name: string, release: string): Promise<void> {
  const [base = ""] = await makeImages("python3.13");
  const context = await mkdtemp(join(tmpdir(), "hearth-image-"));
  const local = `hearth/test-aws-like-${release}`;
  try {
    for (const [file, text] of Object.entries({ ...FILES, Dockerfile: dockerfile(base, release) }))
      await writeFile(join(context, file), text);
    const src = ["Dockerfile", ...Object.keys(FILES)];
    const building = await docker.buildImage({ context, src }, { t: local, networkmode: "none", forcerm: true });
    await built(docker, building as Readable);
    await pushTo(docker, name, local);
    await docker.getImage(local).remove();
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

function built(docker: Docker, stream: Readable): Promise<void> {
  return new Promise((resolve, reject) =>
    docker.modem.followProgress(
      stream,
      (error) => (error ? reject(error) : resolve()),
      (said: { error?: string }) => said.error !== undefined && reject(new Error(said.error)),
    ),
  );
}
