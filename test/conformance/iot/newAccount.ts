import { run } from "@hearth/cli";
import type { RunningHearth } from "@hearth/testkit";

export interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Makes an account with a key of its root, by the hearth command. */
export async function newAccount(
  { endpoint }: Pick<RunningHearth, "endpoint">,
  accountId = "111122223333",
): Promise<Key> {
  let said = "";
  const command = async (...args: string[]): Promise<void> => {
    said = "";
    await run(args, {
      env: { AWS_ENDPOINT_URL: endpoint },
      out: (text) => void (said += text),
      complain: () => undefined,
      sleep: () => Promise.reject(new Error("no command of this file waits")),
    });
  };
  await command("accounts", "create", accountId);
  await command("keys", "create", "--account", accountId, "--json");
  return JSON.parse(said) as Key;
}
