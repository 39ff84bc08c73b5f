import type { LedgerApi, Qr } from "@pulso/sdk";
import { useEffect, useRef, useState } from "react";
import { useTexts } from "../shared/i18n";
import { QrStatusMark } from "./QrList";
import { useMoney } from "./use-money";

export interface QrDialogProps {
  api: LedgerApi;
  qr: Qr;
  onCancel(): Promise<void>;
  onClose(): void;
}

/** The QR as the payer sees it. Modal; its state changes while it is looked at. */
export function QrDialog({ api, qr, onCancel, onClose }: QrDialogProps) {
  const { t, language } = useTexts();
  const money = useMoney();
  const dialog = useRef<HTMLDialogElement>(null);
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  const text = `pulso://qr/${qr.qrId}`;
  const copy = async () => {
    await navigator.clipboard.writeText(qr.qrId);
    setCopied(true);
  };
  const until = qr.dueDate
    ? new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(Date.parse(qr.dueDate))
    : null;
  return (
    <dialog
      ref={dialog}
      className="qr-dialog"
      aria-labelledby="qr-title"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <p className="text-center">
        <QrStatusMark status={qr.status} />
      </p>
      <h2 id="qr-title" className="mt-1 text-center font-display text-2xl font-semibold tabular-nums">
        {qr.amount > 0 ? money(qr.amount, qr.currency) : t("openAmountShort")}
      </h2>
      {qr.description !== "" && <p className="muted mt-1 text-center">{qr.description}</p>}
      <div className="qr-picture" data-over={qr.status !== "active" || undefined}>
        <img src={api.pictureUrl(qr.qrId)} alt={t("qrPicture", { text })} width={260} height={260} />
      </div>
      {until && <p className="muted text-center text-sm">{t("qrUntil", { time: until })}</p>}
      <div className="mt-4 flex flex-wrap justify-center gap-2">
        <a className="action" href={api.pictureUrl(qr.qrId, "png")} download={`qr-${qr.qrId}.png`}>
          {t("downloadPng")}
        </a>
        {globalThis.isSecureContext && (
          <button type="button" className="action" onClick={() => void copy()}>
            {t(isCopied ? "copied" : "copyId")}
          </button>
        )}
        {qr.status === "active" && (
          <button type="button" className="action danger" onClick={() => void onCancel()}>
            {t("cancelQr")}
          </button>
        )}
      </div>
      <button type="button" className="primary mt-5 w-full" onClick={onClose}>
        {t("close")}
      </button>
    </dialog>
  );
}
