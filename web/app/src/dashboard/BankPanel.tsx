import type { Qr } from "@pulso/sdk";
import { useId, useState, type FormEvent } from "react";
import { useTexts } from "../shared/i18n";
import { useMoney } from "./use-money";

export interface BankPanelProps {
  serverUrl: string;
  /** Those that can be paid. */
  qrs: readonly Qr[];
}

const payers = ["Juan Pérez", "María Quispe", "Carlos Mamani", "Ana Flores", "Luz Choque"];

/** Plays the bank of the demonstration: somebody pays a QR with a phone. */
export function BankPanel({ serverUrl, qrs }: BankPanelProps) {
  const { t } = useTexts();
  const money = useMoney();
  const ids = useId();
  const [chosen, setChosen] = useState("");
  const [amount, setAmount] = useState("");
  const [payer, setPayer] = useState(payers[0] ?? "");
  const [said, setSaid] = useState("");
  const [isWaiting, setWaiting] = useState(false);
  const qr = qrs.find(({ qrId }) => qrId === chosen) ?? qrs[0];

  const pay = async (event: FormEvent) => {
    event.preventDefault();
    if (!qr) return;
    setWaiting(true);
    try {
      const answer = await fetch(new URL(`/demo/bank/${qr.qrId}/payments`, serverUrl), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          senderName: payer,
          ...(qr.modifyAmount && amount !== "" ? { amount: Number(amount.replace(",", ".")) } : {}),
        }),
      });
      const { code } = (await answer.json()) as { code?: string };
      setSaid(answer.ok ? t("bankPaid") : t("bankRefused", { code: code ?? String(answer.status) }));
      setPayer(payers[(payers.indexOf(payer) + 1) % payers.length] ?? payer);
    } catch {
      setSaid(t("errorUnavailable"));
    }
    setWaiting(false);
  };

  return (
    <form className="card bank" aria-labelledby={`${ids}-title`} onSubmit={(event) => void pay(event)}>
      <h2 id={`${ids}-title`} className="font-display text-lg font-semibold">
        {t("bank")}
      </h2>
      <p className="mt-1 text-sm">{t("bankHint")}</p>
      <label className="mt-3 block text-sm font-semibold" htmlFor={`${ids}-qr`}>
        {t("bankQr")}
      </label>
      <select
        id={`${ids}-qr`}
        className="field"
        value={qr?.qrId ?? ""}
        disabled={!qr}
        onChange={(event) => setChosen(event.target.value)}
      >
        {!qr && <option value="">{t("bankNoQr")}</option>}
        {qrs.map((each) => (
          <option key={each.qrId} value={each.qrId}>
            {each.amount > 0 ? money(each.amount, each.currency) : t("openAmountShort")}
            {" · "}
            {each.description || each.qrId.slice(-6)}
          </option>
        ))}
      </select>
      {qr?.modifyAmount && (
        <>
          <label className="mt-3 block text-sm font-semibold" htmlFor={`${ids}-amount`}>
            {t("amountIn", { currency: qr.currency })}
          </label>
          <input
            id={`${ids}-amount`}
            className="field tabular-nums"
            inputMode="decimal"
            autoComplete="off"
            placeholder={qr.amount > 0 ? String(qr.amount) : ""}
            value={amount}
            onChange={(event) => setAmount(event.target.value)}
          />
        </>
      )}
      <label className="mt-3 block text-sm font-semibold" htmlFor={`${ids}-payer`}>
        {t("payer")}
      </label>
      <input
        id={`${ids}-payer`}
        className="field"
        autoComplete="off"
        value={payer}
        onChange={(event) => setPayer(event.target.value)}
      />
      <button type="submit" className="primary mt-4 w-full" disabled={!qr || isWaiting}>
        {t("bankPay")}
      </button>
      <p className="mt-2 min-h-5 text-sm" role="status">
        {said}
      </p>
    </form>
  );
}
