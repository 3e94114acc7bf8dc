// A screen: prints what it is shown, and leaves once it has seen two rooms. The name of the API is below localhost, which not every system resolves.
import { WebSocket } from "ws";

const url = new URL(process.argv[2]);
const { host } = url;
if (url.hostname.endsWith(".localhost")) url.hostname = "127.0.0.1";
const socket = new WebSocket(url, { headers: { host } });
const rooms = new Set();
socket.on("open", () => console.log("the screen is connected"));
socket.on("message", (message) => {
  const { room, temperature } = JSON.parse(message);
  console.log(`the screen shows ${room} ${temperature}`);
  if (rooms.add(room).size === 2) socket.close();
});
