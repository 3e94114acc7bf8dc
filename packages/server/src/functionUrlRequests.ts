import type { RequestHandler } from "express";

const FUNCTION_URL_HOST = /^[0-9a-z]{32}\.lambda-url\.[a-z0-9-]+\./i;

/** Answers requests to the hosts of function URLs, which are configured but not served yet; any other request goes on. */
export const refuseFunctionUrls: RequestHandler = (request, response, next) => {
  if (!FUNCTION_URL_HOST.test(request.headers.host ?? "")) return next();
  response.status(400).set("x-amzn-ErrorType", "NotImplementedException").json({
    Type: "User",
    message: "Requests to function URLs are not served by Hearth yet. Invoke the function through the Lambda API.",
  });
};
