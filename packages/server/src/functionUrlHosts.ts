import type { HostRoute, RequestHandler } from "@hearth/wire";

const ANSWER = JSON.stringify({
  Type: "User",
  message: "Requests to function URLs are not served by Hearth yet. Invoke the function through the Lambda API.",
});

/** The hosts of function URLs, which are configured but not served yet. */
export const functionUrlHosts: HostRoute<RequestHandler> = {
  pattern: /^([0-9a-z]{32})\.lambda-url\.[a-z0-9-]+\./,
  target: (_request, response) => {
    response.writeHead(400, {
      "x-amzn-ErrorType": "NotImplementedException",
      "Content-Type": "application/json; charset=utf-8",
      "Content-Length": Buffer.byteLength(ANSWER),
    });
    response.end(ANSWER);
  },
};
