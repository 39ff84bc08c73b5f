import type { EventsState } from "@pulso/sdk";
import type { Key } from "../shared/catalogue";
import { useTexts } from "../shared/i18n";

const texts: Record<EventsState, Key> = {
  connecting: "connecting",
  open: "online",
  waiting: "reconnecting",
  closed: "stoppedUnauthorized",
};
const looks: Record<EventsState, string> = {
  connecting: "connecting",
  open: "online",
  waiting: "reconnecting",
  closed: "stopped",
};

export function EventsBadge({ state, onRetry }: { state: EventsState; onRetry(): void }) {
  const { t } = useTexts();
  return (
    <div className="badge" data-status={looks[state]}>
      <span className="badge-light" aria-hidden="true" />
      <span role="status">{t(texts[state])}</span>
      {(state === "waiting" || state === "closed") && (
        <button type="button" onClick={onRetry}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}
