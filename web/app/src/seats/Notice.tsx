import type { ErrorCode, ErrorMessage } from "@pulso/sdk";
import { useEffect } from "react";
import type { Key } from "../shared/catalogue";
import { useTexts } from "../shared/i18n";

const texts: Partial<Record<ErrorCode, Key>> = {
  seat_limit: "errorSeatLimit",
  renew_limit: "errorRenewLimit",
  room_closed: "errorRoomClosed",
  forbidden: "errorForbidden",
  rate_limited: "errorRateLimited",
  unavailable: "errorUnavailable",
};

const shownForMs = 8000;

/** A refusal that needs no decision. It goes by itself, and at once when dismissed. */
export function Notice({ error, onDismiss }: { error: ErrorMessage; onDismiss(): void }) {
  const { t } = useTexts();
  useEffect(() => {
    const timer = setTimeout(onDismiss, shownForMs);
    return () => clearTimeout(timer);
  }, [error, onDismiss]);
  return (
    <div className="notice">
      <p>{t(texts[error.code] ?? "errorOther", { code: error.code })}</p>
      <button type="button" aria-label={t("dismiss")} onClick={onDismiss}>
        <span aria-hidden="true">×</span>
      </button>
    </div>
  );
}
