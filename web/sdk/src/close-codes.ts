/** WebSocket close codes (RFC 6455 §7.4, and the server's own above 4000) and what a client does about each. */

export const closeCodes = {
  normal: 1000,
  abnormal: 1006,
  policyViolation: 1008,
  serviceRestart: 1012,
  /** The credential expired or was revoked. */
  unauthorized: 4401,
  /** The client id belongs to another user. */
  clientIdInUse: 4409,
  /** A newer connection of the same client took over. */
  replaced: 4410,
} as const;

/** Why a client stays away until `connect()` is called again. */
export type StopReason = "unauthorized" | "client_id_in_use" | "replaced" | "refused";

export type CloseAction =
  { kind: "reconnect" } | { kind: "fresh_token" } | { kind: "fresh_client_id" } | { kind: "stop"; reason: StopReason };

/** What the client could do about a refusal: ask for another token, or take another id. */
export interface Remedies {
  canRefreshToken: boolean;
  canChangeClientId: boolean;
}

/**
 * Coming back after 4410 would throw out the tab that replaced this one, and after 1008 would repeat the
 * abuse, so both wait for the user. Everything unknown, 1006 and 1012 included, is worth another try.
 */
export function actionOnClose(code: number, remedies: Remedies): CloseAction {
  switch (code) {
    case closeCodes.unauthorized:
      return remedies.canRefreshToken ? { kind: "fresh_token" } : { kind: "stop", reason: "unauthorized" };
    case closeCodes.clientIdInUse:
      return remedies.canChangeClientId ? { kind: "fresh_client_id" } : { kind: "stop", reason: "client_id_in_use" };
    case closeCodes.replaced:
      return { kind: "stop", reason: "replaced" };
    case closeCodes.policyViolation:
      return { kind: "stop", reason: "refused" };
    default:
      return { kind: "reconnect" };
  }
}
