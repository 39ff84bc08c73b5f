import type { ConnectionState, StopReason } from "@pulso/sdk";
import type { Key } from "../shared/catalogue";
import { useTexts, type Texts } from "../shared/i18n";
import { useNow } from "./use-now";

const stopTexts: Record<StopReason, Key> = {
  unauthorized: "stoppedUnauthorized",
  client_id_in_use: "stoppedClientIdInUse",
  replaced: "stoppedReplaced",
  refused: "stoppedRefused",
};

export function ConnectionBadge({ connection, onRetry }: { connection: ConnectionState; onRetry(): void }) {
  const { t } = useTexts();
  const nowMs = useNow(Date.now, connection.retryAtMs !== null);
  const { status } = connection;
  const canRetry = status === "reconnecting" || status === "stopped" || status === "idle";
  return (
    <div className="badge" data-status={status}>
      <span className="badge-light" aria-hidden="true" />
      <span>{connectionText(connection, nowMs, t)}</span>
      <span className="sr-only" role="status">
        {status === "stopped" || status === "reconnecting" ? t("reconnecting") : t(status)}
      </span>
      {canRetry && (
        <button type="button" onClick={onRetry}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}

function connectionText({ status, retryAtMs, stopReason }: ConnectionState, nowMs: number, t: Texts["t"]): string {
  if (status === "stopped") return t(stopTexts[stopReason ?? "refused"]);
  if (status !== "reconnecting") return t(status);
  const seconds = retryAtMs === null ? 0 : Math.ceil((retryAtMs - nowMs) / 1000);
  return seconds > 0 ? t("reconnectingIn", { count: seconds }) : t("reconnecting");
}
