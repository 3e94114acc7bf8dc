import { createReadStream, createWriteStream } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/**
 * The floor that S3 is measured against: a node:http server that writes and reads files, without signatures, digests or rows. Arguments: its folder;
 * `sync` for a server that answers a PUT only once the file and its name survive a power cut.
 */
const [folder = ".", syncs] = process.argv.slice(2);
let drafts = 0;

async function sync(path: string): Promise<void> {
  await using file = await open(path, "r");
  await file.sync();
}

const server = createServer({ keepAliveTimeout: 0, requestTimeout: 0 }, (request, response) => {
  const path = join(folder, (request.url ?? "").slice(1).replaceAll("/", "-"));
  const serve = async (): Promise<void> => {
    if (request.method === "PUT") {
      const draft = `${path}.${drafts++}`;
      await pipeline(request, createWriteStream(draft));
      if (syncs) await sync(draft);
      await rename(draft, path);
      if (syncs) await sync(folder);
      response.writeHead(200, { "Content-Length": 0 });
      response.end();
      return;
    }
    const { size } = await stat(path);
    response.writeHead(200, { "Content-Length": size });
    await pipeline(createReadStream(path), response);
  };
  serve().catch(() => response.destroy());
});
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  process.stdout.write(`${typeof address === "object" ? address?.port : ""}\n`);
});
