import { expect, test } from "vitest";
import { actionOnClose } from "../src/close-codes.js";

const all = { canRefreshToken: true, canChangeClientId: true };
const none = { canRefreshToken: false, canChangeClientId: false };

test.each([1001, 1006, 1011, 1012, 1013])("%i is worth another try", (code) => {
  expect(actionOnClose(code, none)).toEqual({ kind: "reconnect" });
});

test.each([
  [4401, all, { kind: "fresh_token" }],
  [4401, none, { kind: "stop", reason: "unauthorized" }],
  [4409, all, { kind: "fresh_client_id" }],
  [4409, none, { kind: "stop", reason: "client_id_in_use" }],
  [4410, all, { kind: "stop", reason: "replaced" }],
  [1008, all, { kind: "stop", reason: "refused" }],
])("%i with %o", (code, remedies, action) => {
  expect(actionOnClose(code, remedies)).toEqual(action);
});
