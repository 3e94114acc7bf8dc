import { close as closeFile, fsync, open as openFile } from "node:fs";

/** Makes the names in folders survive a power cut. Folders stay open: opening and closing them costs more than there is to be flushed. */
export class SyncedFolders implements AsyncDisposable {
  readonly #open = new Map<string, Promise<number>>();

  async sync(path: string): Promise<void> {
    let folder = this.#open.get(path);
    if (!folder) {
      folder = opened(path);
      this.#open.set(path, folder);
      folder.catch(() => this.#open.delete(path));
    }
    await synced(await folder);
  }

  /** The folder was made anew. Its descriptor is not closed: someone may be using it. */
  forget(path: string): void {
    this.#open.delete(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const folders = await Promise.allSettled(this.#open.values());
    this.#open.clear();
    for (const folder of folders) if (folder.status === "fulfilled") await closed(folder.value);
  }
}

function closed(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    closeFile(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}

function opened(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    openFile(path, "r", (error, descriptor) => (error ? reject(error) : resolve(descriptor)));
  });
}

function synced(descriptor: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fsync(descriptor, (error) => (error ? reject(error) : resolve()));
  });
}
