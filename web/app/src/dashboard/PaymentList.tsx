import type { Payment, Qr } from "@pulso/sdk";
import { useState } from "react";
import { useTexts } from "../shared/i18n";
import { useMoney } from "./use-money";

export interface PaymentListProps {
  payments: readonly Payment[];
  qrs: readonly Qr[];
  onRefund(payment: Payment): Promise<void>;
  onExport(): Promise<void>;
}

/** What was paid, the newest first; each may be given back. */
export function PaymentList({ payments, qrs, onRefund, onExport }: PaymentListProps) {
  const { t } = useTexts();
  const [isExporting, setExporting] = useState(false);
  const exportAll = async () => {
    setExporting(true);
    await onExport();
    setExporting(false);
  };
  return (
    <section className="card" aria-labelledby="payments-title">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 id="payments-title" className="font-display text-lg font-semibold">
          {t("payments")}
        </h2>
        <button
          type="button"
          className="action"
          onClick={() => void exportAll()}
          disabled={payments.length === 0 || isExporting}
          aria-busy={isExporting}
        >
          {t(isExporting ? "exporting" : "exportCsv")}
        </button>
      </div>
      {payments.length === 0 ? (
        <div className="empty">
          <p className="font-semibold">{t("paymentsEmpty")}</p>
          <p className="muted mt-1 text-sm">{t("paymentsEmptyHint")}</p>
        </div>
      ) : (
        <ul className="payments">
          {payments.map((payment) => (
            <PaymentRow
              key={payment.transactionId}
              payment={payment}
              qr={qrs.find(({ qrId }) => qrId === payment.qrId)}
              onRefund={onRefund}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface PaymentRowProps {
  payment: Payment;
  qr: Qr | undefined;
  onRefund(payment: Payment): Promise<void>;
}

function PaymentRow({ payment, qr, onRefund }: PaymentRowProps) {
  const { t, language } = useTexts();
  const money = useMoney();
  const [step, setStep] = useState<"closed" | "asking" | "waiting">("closed");
  const { amount, currency, refundedAmount, senderName, paymentDate } = payment;
  const name = senderName === "" ? t("payerUnknown") : senderName;
  const left = amount - refundedAmount;
  const at = new Intl.DateTimeFormat(language, { dateStyle: "short", timeStyle: "short" }).format(
    Date.parse(paymentDate),
  );
  const refund = async () => {
    setStep("waiting");
    await onRefund(payment);
    setStep("closed");
  };
  return (
    <li className="payment">
      <div className="min-w-0">
        <p className="truncate font-semibold">{name}</p>
        <p className="muted truncate text-sm">
          <time dateTime={paymentDate}>{at}</time>
          {" · "}
          {qr?.description || t("qrNumber", { id: payment.qrId.slice(-6) })}
        </p>
        {refundedAmount > 0 && (
          <p className="refunded">↩ {t("refunded", { amount: money(refundedAmount, currency) })}</p>
        )}
      </div>
      <div className="ml-auto flex flex-col items-end gap-1">
        <p className="payment-amount">{money(amount, currency)}</p>
        {left > 0 && step === "closed" && (
          <button
            type="button"
            className="link"
            aria-label={t("refundNamed", { amount: money(left, currency), name })}
            onClick={() => setStep("asking")}
          >
            {t("refund")}
          </button>
        )}
      </div>
      {step !== "closed" && (
        <div
          className="payment-ask"
          role="group"
          aria-label={t("refundNamed", { amount: money(left, currency), name })}
        >
          <p className="text-sm">{t("refundAsk", { amount: money(left, currency), name })}</p>
          <div className="flex gap-2">
            <button type="button" className="action" onClick={() => setStep("closed")} disabled={step === "waiting"}>
              {t("cancel")}
            </button>
            <button type="button" className="action danger" onClick={() => void refund()} disabled={step === "waiting"}>
              {t("refund")}
            </button>
          </div>
        </div>
      )}
    </li>
  );
}
