import { expect, test } from "vitest";
import { parseRouteKey } from "./routeKey.ts";
import { RouteTable } from "./routeTable.ts";

const table = (...keys: string[]): RouteTable<string> => new RouteTable(keys.map((key) => [key, key]));

// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
test("AWS's example: the most specific route is chosen", () => {
  const routes = table("GET /pets/dog/1", "GET /pets/dog/{id}", "GET /pets/{proxy+}", "ANY /{proxy+}", "$default");
  expect(routes.find("GET", "/pets/dog/1")?.route).toBe("GET /pets/dog/1");
  expect(routes.find("GET", "/pets/dog/2")).toEqual({ route: "GET /pets/dog/{id}", pathParameters: { id: "2" } });
  expect(routes.find("GET", "/pets/cat/1")).toEqual({
    route: "GET /pets/{proxy+}",
    pathParameters: { proxy: "cat/1" },
  });
  expect(routes.find("POST", "/test/5")).toEqual({ route: "ANY /{proxy+}", pathParameters: { proxy: "test/5" } });
  expect(routes.find("GET", "/")?.route).toBe("$default");
});

test("a path that leads nowhere goes back to the variable beside it", () => {
  const routes = table("GET /a/b/c", "GET /{x}/b/d", "GET /{x}/{y+}");
  expect(routes.find("GET", "/a/b/d")).toEqual({ route: "GET /{x}/b/d", pathParameters: { x: "a" } });
  expect(routes.find("GET", "/a/b/e")).toEqual({ route: "GET /{x}/{y+}", pathParameters: { x: "a", y: "b/e" } });
});

test("the method decides before ANY; another method finds nothing", () => {
  const routes = table("ANY /a", "GET /a", "POST /b");
  expect(routes.find("GET", "/a")?.route).toBe("GET /a");
  expect(routes.find("PUT", "/a")?.route).toBe("ANY /a");
  expect(routes.find("GET", "/b")).toBeUndefined();
});

test("a variable needs a value, and dots and escapes stay what they are", () => {
  const routes = table("GET /a/{id}", "GET /b/{rest+}");
  expect(routes.find("GET", "/a/")).toBeUndefined();
  expect(routes.find("GET", "/b/")).toBeUndefined();
  expect(routes.find("GET", "/b")).toBeUndefined();
  expect(routes.find("GET", "/a/..%2Fb")?.pathParameters).toEqual({ id: "..%2Fb" });
  expect(routes.find("GET", "/b/../a")?.pathParameters).toEqual({ rest: "../a" });
});

test("names of members of objects are names of variables like others", () => {
  const found = table("GET /{constructor}/{__proto__}").find("GET", "/a/b");
  expect(Object.entries(found?.pathParameters ?? {})).toEqual([
    ["constructor", "a"],
    ["__proto__", "b"],
  ]);
});

test.each([
  "GET",
  "GET pets",
  "FETCH /pets",
  "GET /pets/{id",
  "GET /pets/{}",
  "GET /{proxy+}/more",
  "GET /{a}/{a}",
  "GET //a",
  "get /a",
  "GET /a?b",
])("%s is no route key", (key) => {
  expect(parseRouteKey(key)).toBeUndefined();
});

test("a thousand routes are found as ten are", () => {
  const keys = Array.from({ length: 1000 }, (_, index) => `GET /v1/resource${index}/{id}/{sub+}`);
  const routes = table(...keys);
  for (const index of [0, 500, 999]) {
    expect(routes.find("GET", `/v1/resource${index}/1/2/3`)?.route).toBe(keys[index]);
  }
});
