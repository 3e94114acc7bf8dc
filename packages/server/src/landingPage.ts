import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { isIP } from "node:net";
import type { PageGuard } from "@hearth/wire";

export interface LandingPageOptions {
  readonly version: string;
  readonly region: string;
  /** The key that everyone knows is active, so the page may show it. */
  readonly usesDefaultKey: boolean;
  /** Knows the host names of this Hearth. */
  readonly hosts: Pick<PageGuard, "knows">;
}

const TERMINAL_PROGRAM = /^(curl|wget|httpie|xh)\b/i;
const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 3rem auto; padding: 0 1rem; color: #222; background: #fff }
pre { background: #f3f3f3; padding: .8rem; overflow-x: auto } h2 { font-size: 1.1rem; margin-top: 2rem }
@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } pre { background: #262626 } a { color: #8bf } }
`;
const HEADERS = {
  // No scripts, nothing from elsewhere, and no other page may show this one in a frame.
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Cache-Control": "no-store",
  Vary: "Accept, User-Agent",
};

/**
 * Answers people who open the endpoint in a browser, or with curl: what this is and how to use it. AWS's clients sign their requests and never get it. It holds
 * nothing that is secret, so it is shown while requests of pages are refused too; but only under names of this Hearth.
 */
export class LandingPage {
  readonly #options: LandingPageOptions;

  constructor(options: LandingPageOptions) {
    this.#options = options;
  }

  /** Answers, and returns true, when a person has asked. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const { headers, url } = request;
    if (url !== "/" || headers.authorization !== undefined) return false;
    const isBrowser = headers.accept?.includes("text/html") ?? false;
    if (!isBrowser && !TERMINAL_PROGRAM.test(headers["user-agent"] ?? "")) return false;
    const host = headers.host ?? "";
    if (!this.#options.hosts.knows(host) && !isAddress(host)) {
      const text = `This host name is not known to this Hearth: ${JSON.stringify(host.slice(0, 100))}. HEARTH_HOSTS adds it.\n`;
      send(response, 403, "text/plain", text);
    } else if (isBrowser) {
      send(response, 200, "text/html", this.#html(host));
    } else {
      send(response, 200, "text/plain", this.#text(host));
    }
    return true;
  }

  #html(host: string): string {
    return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Hearth</title>
<style>${STYLE}</style>
<h1>Hearth</h1>
<p>AWS Lambda on your own hardware, version ${escape(this.#options.version)}. This is the endpoint for AWS's clients: the <code>aws</code> command, SDKs and Terraform. It has no web console.</p>
<h2>Use it from a terminal</h2>
<pre>${escape(this.#commands(host))}</pre>
<h2>More</h2>
<ul>
<li><a href="/readyz">Is it ready?</a> <a href="/healthz">Is it alive?</a></li>
<li><code>README.md</code>: a tour. <code>docs/configuration.md</code>: all settings. <code>docs/compatibility.md</code>: which operations of AWS work. They are in the folder that Hearth was started from.</li>
<li><code>npx hearth help</code>: state, logs, events, accounts, keys, usage, the audit trail and back-ups. <code>docs/cli.md</code> has all commands.</li>
</ul>
</html>
`;
  }

  #text(host: string): string {
    return `Hearth ${this.#options.version}: AWS Lambda on your own hardware. This is the endpoint for AWS's clients.

${this.#commands(host)}

Is it ready?  http://${printable(host)}/readyz
Read on:      README.md, docs/configuration.md and docs/compatibility.md, where Hearth was started
`;
  }

  #commands(host: string): string {
    const { region, usesDefaultKey } = this.#options;
    const key = usesDefaultKey
      ? "export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test"
      : "export AWS_ACCESS_KEY_ID=<your key> AWS_SECRET_ACCESS_KEY=<its secret>";
    return [
      `export AWS_ENDPOINT_URL=http://${printable(host)} AWS_REGION=${region} AWS_DEFAULT_REGION=${region}`,
      key,
      "aws lambda list-functions",
    ].join("\n");
  }
}

/** No page can have an address as its name, whatever its DNS says. */
function isAddress(host: string): boolean {
  return isIP(host.replace(/:\d{1,5}$/, "").replace(/^\[(.*)\]$/, "$1")) !== 0;
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    ...HEADERS,
    "Content-Type": `${type}; charset=utf-8`,
    "Content-Length": Buffer.byteLength(body),
  });
  response.end(body);
}

/** What a client sends as `Host` may not become a command when it is pasted, or change a terminal. */
function printable(host: string): string {
  return host.replaceAll(/[^\w.:[\]-]/g, "");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
