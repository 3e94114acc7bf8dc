import { InvalidParameterValueException } from "@hearth/model";
import { expect, test } from "vitest";
import { checkArchitecture } from "./checkArchitecture.ts";

const INTEL = { architectures: new Set(["x86_64"] as const) };
const GRAVITON = ["arm64"] as const;

test.each([
  [{ PackageType: "Zip", Runtime: "provided.al2023" } as const, "provided.al2023 programs"],
  [{ PackageType: "Zip", Runtime: "provided.al2" } as const, "provided.al2 programs"],
  [{ PackageType: "Image" } as const, "container images"],
])("a compiled program for another processor is refused: %o", (settings, what) => {
  expect(() => checkArchitecture({ ...settings, Architectures: GRAVITON }, INTEL)).toThrow(
    new InvalidParameterValueException(
      `Functions of the architecture arm64 cannot be run by this Hearth, whose machine runs ${what} for [x86_64]. Set HEARTH_ARCHITECTURES where it emulates others.`,
    ),
  );
  expect(() => checkArchitecture({ ...settings, Architectures: ["x86_64"] }, INTEL)).not.toThrow();
  const both = { architectures: new Set(["x86_64", "arm64"] as const) };
  expect(() => checkArchitecture({ ...settings, Architectures: GRAVITON }, both)).not.toThrow();
});

test("functions in a language whose programs are no machine code run on any processor", () => {
  for (const Runtime of ["python3.13", "nodejs24.x", "java21", "ruby3.3", "dotnet8"])
    expect(() => checkArchitecture({ PackageType: "Zip", Runtime, Architectures: GRAVITON }, INTEL)).not.toThrow();
});
