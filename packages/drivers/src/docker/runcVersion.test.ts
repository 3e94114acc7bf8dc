import { expect, test } from "vitest";
import { runcWarning } from "./runcVersion.ts";

test.each(["1.1.5+ds1", "1.2.7", "1.3.2", "1.4.0-rc.2", "1.0.0", "v1.2.0"])("runc %s is warned about", (version) => {
  expect(runcWarning(version)).toContain(version);
});

test.each(["1.2.8", "1.2.9", "1.3.3", "1.3.6+ds1-1", "1.4.0-rc.3", "1.4.0", "1.5.1", "2.0.0"])(
  "runc %s is in order",
  (version) => {
    expect(runcWarning(version)).toBeUndefined();
  },
);

test("a version that is not understood is said to be so", () => {
  expect(runcWarning("built from source")).toContain("not understood");
});
