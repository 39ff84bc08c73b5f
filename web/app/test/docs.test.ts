import { describe, expect, it } from "vitest";
import { boundsOf, codesOf, resolve } from "../src/docs/documents";

describe("references", () => {
  const document = { components: { a: { $ref: "#/components/b" }, b: { text: "found" }, "x/y": { text: "escaped" } } };

  it("are followed to their end", () => {
    expect(resolve<object>(document, { $ref: "#/components/a" })).toEqual({ text: "found" });
    expect(resolve<object>(document, { $ref: "#/components/x~1y" })).toEqual({ text: "escaped" });
  });

  it("that point nowhere end the build", () => {
    expect(() => resolve<object>(document, { $ref: "#/components/c" })).toThrow("#/components/c points nowhere");
  });
});

describe("schemas in words", () => {
  it("name the error codes that a refusal narrows itself to", () => {
    const narrowed = (code: object) => ({ allOf: [{ $ref: "#/Refusal" }, { properties: { code } }] });
    expect(codesOf(narrowed({ const: "seat_sold" }))).toEqual(["seat_sold"]);
    expect(codesOf(narrowed({ enum: ["seat_sold", "seat_taken"] }))).toEqual(["seat_sold", "seat_taken"]);
    expect(codesOf({ type: "object" })).toEqual([]);
  });

  it("tell format and bounds", () => {
    expect(boundsOf({ type: "string", format: "date-time" })).toEqual(["date-time"]);
    expect(boundsOf({ type: "integer", minimum: 0, maximum: 60 })).toEqual(["at least 0", "at most 60"]);
    expect(boundsOf({ type: "string", minLength: 1, maxLength: 128 })).toEqual(["not empty", "at most 128 characters"]);
    expect(boundsOf({ type: "array", uniqueItems: true })).toEqual(["each once"]);
  });
});
