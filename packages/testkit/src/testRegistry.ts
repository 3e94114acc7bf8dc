import { SystemClock, systemRandom } from "@hearth/kit";
import type Docker from "dockerode";
import { engineClient } from "./engineClient.ts";

const TRY_MS = 100;
const TRIES = 300;

/** A real registry in a container, on a port of its own of the loopback, where engines need no TLS. */
export class TestRegistry implements AsyncDisposable {
  /** With its port: what images in it are named by. */
  readonly host: string;
  readonly docker: Docker;
  readonly #container: Docker.Container;

  private constructor(host: string, docker: Docker, container: Docker.Container) {
    this.docker = docker;
    this.host = host;
    this.#container = container;
  }

  static async start(engine?: Docker, Env: string[] = []): Promise<TestRegistry> {
    const docker = engine ?? (await engineClient());
    const container = await docker.createContainer({
      Image: "hearth/test-registry:2",
      Env,
      HostConfig: { PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] }, AutoRemove: true },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const host = `127.0.0.1:${NetworkSettings.Ports["5000/tcp"]?.[0]?.HostPort}`;
    for (let tries = 0; !(await answers(host)); tries++) {
      if (tries === TRIES) throw new Error("the registry does not answer");
      await new SystemClock().sleep(TRY_MS);
    }
    return new TestRegistry(host, docker, container);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove({ force: true });
  }
}

function answers(host: string): Promise<boolean> {
  return fetch(`http://${host}/v2/`).then(
    () => true,
    () => false,
  );
}

/** Puts an image of the engine into the registry that `name` names, and that name away from the engine. */
export async function pushTo(docker: Docker, name: string, image: string, authconfig: object = {}): Promise<void> {
  const [repo = "", tag = ""] = name.split(/:(?=[^:/]*$)/);
  await docker.getImage(image).tag({ repo, tag });
  const pushing = await docker.getImage(name).push({ authconfig });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(
      pushing,
      (error) => (error ? reject(error) : resolve()),
      (said: { error?: string }) => said.error !== undefined && reject(new Error(said.error)),
    ),
  );
  const { RepoDigests } = await docker.getImage(name).inspect();
  await docker.getImage(name).remove();
  for (const one of RepoDigests.filter((it) => it.startsWith(`${repo}@`))) {
    await docker
      .getImage(one)
      .remove()
      .catch(() => undefined); // it went with the name
  }
}

/** Puts an image that is like `image`, and is no other test's, into the registry that `name` names. */
export async function pushUnique(docker: Docker, name: string, image: string, authconfig: object = {}): Promise<void> {
  const unique = `hearth/test-function-${systemRandom.hex(4)}`;
  const container = await docker.createContainer({ Image: image });
  await container.commit({ repo: unique, changes: `LABEL only=${unique}` });
  await container.remove({ v: true });
  await pushTo(docker, name, unique, authconfig);
  await docker.getImage(unique).remove();
}
