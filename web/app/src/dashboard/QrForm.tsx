import type { QrOrder } from "@pulso/sdk";
import { useState, type FormEvent } from "react";
import { useTexts } from "../shared/i18n";

export interface QrFormProps {
  currency: string;
  /** Gives the name of the field that the server did not like, if any. */
  onCreate(order: QrOrder): Promise<string | null>;
}

/** Asks to be paid. */
export function QrForm({ currency, onCreate }: QrFormProps) {
  const { t } = useTexts();
  const [amount, setAmount] = useState("");
  const [description, setDescription] = useState("");
  const [due, setDue] = useState("");
  const [isReusable, setReusable] = useState(false);
  const [isOpen, setOpen] = useState(false);
  const [isWaiting, setWaiting] = useState(false);
  const [wrong, setWrong] = useState<string | null>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const value = Number(amount.replace(",", "."));
    if (!(isOpen && amount === "") && !(value > 0)) return setWrong("amount");
    setWaiting(true);
    const field = await onCreate({
      ...(amount === "" ? {} : { amount: value }),
      description,
      singleUse: !isReusable,
      modifyAmount: isOpen,
      ...(due === "" ? {} : { dueDate: new Date(due).toISOString() }),
    });
    setWaiting(false);
    setWrong(field);
    if (field !== null) return;
    setAmount("");
    setDescription("");
    setDue("");
  };

  return (
    <form className="card" aria-labelledby="form-title" onSubmit={(event) => void submit(event)} noValidate>
      <h2 id="form-title" className="font-display text-lg font-semibold">
        {t("newQr")}
      </h2>
      <label className="mt-4 block text-sm font-semibold" htmlFor="amount">
        {t("amountIn", { currency })}
      </label>
      <input
        id="amount"
        className="field text-lg tabular-nums"
        inputMode="decimal"
        autoComplete="off"
        value={amount}
        aria-invalid={wrong === "amount" || undefined}
        aria-describedby={wrong === "amount" ? "amount-wrong" : undefined}
        onChange={(event) => setAmount(event.target.value)}
      />
      {wrong === "amount" && (
        <p id="amount-wrong" className="wrong" role="alert">
          {t("amountWrong")}
        </p>
      )}
      <label className="mt-4 block text-sm font-semibold" htmlFor="description">
        {t("description")}
      </label>
      <input
        id="description"
        className="field"
        autoComplete="off"
        maxLength={200}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
      />
      <details className="more">
        <summary>{t("qrOptions")}</summary>
        <label className="mt-3 block text-sm font-semibold" htmlFor="due">
          {t("dueDate")}
        </label>
        <input
          id="due"
          className="field"
          type="datetime-local"
          value={due}
          aria-invalid={wrong === "dueDate" || undefined}
          onChange={(event) => setDue(event.target.value)}
        />
        {wrong === "dueDate" && (
          <p className="wrong" role="alert">
            {t("dueDateWrong")}
          </p>
        )}
        <label className="check">
          <input type="checkbox" checked={isReusable} onChange={(event) => setReusable(event.target.checked)} />
          {t("reusable")}
        </label>
        <label className="check">
          <input type="checkbox" checked={isOpen} onChange={(event) => setOpen(event.target.checked)} />
          {t("openAmount")}
        </label>
      </details>
      <button type="submit" className="primary mt-5 w-full" disabled={isWaiting}>
        {t("createQr")}
      </button>
    </form>
  );
}
