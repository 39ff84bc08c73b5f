import type { Qr, QrStatus } from "@pulso/sdk";
import type { Key } from "../shared/catalogue";
import { useTexts } from "../shared/i18n";
import { useMoney } from "./use-money";

export const statusTexts: Record<QrStatus, Key> = {
  active: "qrActive",
  used: "qrUsed",
  completed: "qrCompleted",
  expired: "qrExpired",
  cancelled: "qrCancelled",
};
/** Told by shape too, not by colour alone. */
const statusMarks: Record<QrStatus, string> = { active: "●", used: "✓", completed: "✓✓", expired: "◷", cancelled: "✕" };

export function QrStatusMark({ status }: { status: QrStatus }) {
  const { t } = useTexts();
  return (
    <span className="qr-status" data-status={status}>
      <span aria-hidden="true">{statusMarks[status]}</span> {t(statusTexts[status])}
    </span>
  );
}

export function QrList({ qrs, onOpen }: { qrs: readonly Qr[]; onOpen(qr: Qr): void }) {
  const { t } = useTexts();
  const money = useMoney();
  return (
    <section className="card" aria-labelledby="qrs-title">
      <h2 id="qrs-title" className="font-display text-lg font-semibold">
        {t("qrs")}
      </h2>
      {qrs.length === 0 ? (
        <p className="muted mt-3 text-sm">{t("qrsEmpty")}</p>
      ) : (
        <ul className="qrs">
          {qrs.map((qr) => (
            <li key={qr.qrId}>
              <button type="button" className="qr-row" onClick={() => onOpen(qr)}>
                <span className="min-w-0 text-left">
                  <span className="block truncate font-semibold">
                    {qr.description || t("qrNumber", { id: qr.qrId.slice(-6) })}
                  </span>
                  <QrStatusMark status={qr.status} />
                </span>
                <span className="ml-auto text-right tabular-nums">
                  <span className="block font-semibold">
                    {qr.amount > 0 ? money(qr.amount, qr.currency) : t("openAmountShort")}
                  </span>
                  {!qr.singleUse && <span className="muted text-sm">{t("paymentCount", { count: qr.payments })}</span>}
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
