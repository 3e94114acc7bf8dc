// Names below `localhost` lead to this machine, as browsers and curl have it: function URLs and APIs of Hearth are called by them. The C library asks DNS
// for such names, and no server knows them. https://www.rfc-editor.org/rfc/rfc6761#section-6.3
import dns from "node:dns";

const LOCAL = /\.localhost\.?$/i;

/** From now on all that looks names up with `dns.lookup`, as `fetch` and `node:http` do, finds them. */
export function resolveLocalNames() {
  dns.lookup = patched(dns.lookup);
  dns.promises.lookup = patched(dns.promises.lookup);
}

function patched(lookup) {
  const local = (name, ...rest) => lookup(LOCAL.test(name) ? "127.0.0.1" : name, ...rest);
  return Object.defineProperties(local, Object.getOwnPropertyDescriptors(lookup));
}
