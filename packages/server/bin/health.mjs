// `node health.mjs endpoint|launcher`: exits with 0 when the process of this container is ready, for the health checks of docker-compose.yml.
import { connect } from "node:net";
import { join } from "node:path";

const CHECKS = {
  endpoint: async () => (await fetch("http://127.0.0.1:4566/readyz")).ok,
  launcher: () =>
    new Promise((resolve) => {
      const socket = connect(join(process.env.HEARTH_DATA ?? "", "launcher.sock"));
      socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    }),
};

const check = CHECKS[process.argv[2]];
process.exit(check && (await check().catch(() => false)) ? 0 : 1);
