/** A Node function that does what hostile code would do, one action per event, and reports how far it got. */
export const HOSTILE_FUNCTION = `
const net = require("node:net");
const fs = require("node:fs");
const { execFileSync, spawn } = require("node:child_process");

const connect = (options) => new Promise((resolve) => {
  const socket = net.connect({ ...options, timeout: 1500 });
  socket.on("connect", () => { socket.destroy(); resolve("connected"); });
  socket.on("timeout", () => { socket.destroy(); resolve("timeout"); });
  socket.on("error", (error) => resolve(error.code));
});

const attempt = (action) => { try { return action() ?? "done"; } catch (error) { return error.code ?? error.message; } };

const deeds = {
  ping: () => "pong",
  connect: ({ host, port }) => connect({ host, port }),
  connectPath: ({ path }) => connect({ path }),
  gateway: () => {
    const line = fs.readFileSync("/proc/net/route", "utf8").split("\\n").map((l) => l.split("\\t")).find((l) => l[1] === "00000000");
    return line ? [3, 2, 1, 0].map((i) => parseInt(line[2].slice(i * 2, i * 2 + 2), 16)).join(".") : "none";
  },
  write: ({ path }) => attempt(() => { fs.writeFileSync(path, "x"); }),
  read: ({ path }) => attempt(() => fs.readFileSync(path, "utf8")),
  list: ({ path }) => attempt(() => fs.readdirSync(path)),
  environment: () => process.env,
  status: () => fs.readFileSync("/proc/self/status", "utf8"),
  mounts: () => fs.readFileSync("/proc/self/mounts", "utf8"),
  forkBomb: () => {
    let started = 0;
    try {
      for (let i = 0; i < 5000; i++) {
        const child = spawn("/bin/sh", ["-c", "sleep 30 & sleep 30 & wait"], { stdio: "ignore" });
        child.on("error", () => {});
        if (child.pid === undefined) break;
        started++;
      }
    } catch {}
    return new Promise((resolve) => setTimeout(() => resolve(started), 500));
  },
  memoryBomb: () => { const held = []; for (;;) held.push(Buffer.alloc(8 << 20, 1)); },
  spin: () => { for (;;); },
};

exports.handler = async (event) => ({ result: await deeds[event.do](event) });
`;
