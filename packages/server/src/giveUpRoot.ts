import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { prepareClusterAsRoot } from "@hearth/store";
import type { Base } from "./base.ts";
import { giveDataDirectory } from "./giveDataDirectory.ts";
import { chooseServiceUser, hindranceOf, type ServiceUser } from "./serviceUser.ts";
import { StartError } from "./startError.ts";

/**
 * What needs root before it is given up: the data directory is given to the user that this process is going to be. `undefined` when this process is not root or
 * keeps root, which is logged.
 */
export async function prepareServiceUser({ config, clock, logger }: Base): Promise<ServiceUser | undefined> {
  const user = chooseServiceUser(config);
  if (!user) {
    if (process.getuid?.() === 0) logger.warn("control, events and invoker keep root, as HEARTH_USER=root says");
    return undefined;
  }
  const hindrance = await hindranceOf(user, config);
  if (hindrance !== undefined) {
    const remedy = "Put Hearth and HEARTH_DATA where every user may pass through, such as /opt/hearth and /var/lib";
    if (config.HEARTH_USER) throw new StartError(`HEARTH_USER: ${hindrance}. ${remedy}.`);
    logger.warn(`control, events and invoker keep root, because ${hindrance}. ${remedy}, or start it as another user`);
    return undefined;
  }
  const dataDir = join(config.HEARTH_DATA, "postgres");
  // Once the user has it, root leaves it alone: the user may have put links anywhere in it.
  const isGiven = lstatSync(dataDir, { throwIfNoEntry: false })?.uid === user.uid;
  if (config.DATABASE_URL === undefined && !isGiven) await prepareClusterAsRoot({ dataDir, clock, logger });
  const owner = lstatSync(config.HEARTH_DATA).uid;
  if (owner !== 0) {
    logger.warn(
      `the data directory belongs to user ${owner}, who can make the launcher, which stays root, do anything: give it to root (chown root ${config.HEARTH_DATA}), or start Hearth as that user`,
    );
  }
  await giveDataDirectory(config.HEARTH_DATA, user);
  return user;
}

/** From here on this process is `user`, without other groups and without capabilities, and can never be root again. */
export function giveUpRoot({ config, logger }: Base, { uid, gid }: ServiceUser): void {
  process.setgroups?.([]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  const status = readFileSync("/proc/self/status", "utf8");
  const held = /^Cap(?:Inh|Prm|Eff|Amb):\s*(?!0+$)\S+/m.exec(status);
  const ids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
  if (held || ids.length !== 4 || ids.some((id) => Number(id) !== uid)) {
    throw new StartError(
      `Root could not be given up: this process has the user ids ${ids.join(", ")} and ${held?.[0] ?? "no capabilities"}.`,
    );
  }
  process.env["HOME"] = config.HEARTH_DATA; // root's own is closed to this user
  logger.info({ uid, gid }, "root is given up; the launcher keeps it");
}
