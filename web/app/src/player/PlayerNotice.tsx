import type { Refusal } from "@pulso/sdk";
import type { Key } from "../shared/catalogue";
import { useTexts } from "../shared/i18n";

const texts: Record<string, Key> = {
  unauthorized: "stoppedUnauthorized",
  unknown_track: "errorUnknownTrack",
  unknown_device: "errorUnknownDevice",
  queue_end: "errorQueueEnd",
  queue_full: "errorQueueFull",
  rate_limited: "errorRateLimited",
  unavailable: "errorUnavailable",
  unplayable: "errorUnplayable",
};

export function PlayerNotice({ error, onDismiss }: { error: Refusal; onDismiss(): void }) {
  const { t } = useTexts();
  return (
    <div className="notice player-notice">
      <p>{t(texts[error.code] ?? "errorOther", { code: error.code })}</p>
      <button type="button" aria-label={t("dismiss")} onClick={onDismiss}>
        ×
      </button>
    </div>
  );
}
