import type { ChannelStatus } from "@pulso/sdk";
import type { Key } from "../shared/catalogue";
import { useTexts } from "../shared/i18n";

const texts: Record<ChannelStatus, Key> = {
  idle: "idle",
  connecting: "connecting",
  online: "online",
  reconnecting: "reconnecting",
  refused: "stoppedUnauthorized",
};

export function PlayerBadge({ status, onRetry }: { status: ChannelStatus; onRetry(): void }) {
  const { t } = useTexts();
  const canRetry = status === "reconnecting" || status === "refused";
  return (
    <div className="badge" data-status={status === "refused" ? "stopped" : status}>
      <span className="badge-light" aria-hidden="true" />
      <span role="status">{t(texts[status])}</span>
      {canRetry && (
        <button type="button" onClick={onRetry}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}
