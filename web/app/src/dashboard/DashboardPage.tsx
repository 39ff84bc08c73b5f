import { LedgerError, type Payment, type QrOrder, type QrPaymentData, type Token } from "@pulso/sdk";
import { useCallback, useEffect, useState } from "react";
import { useTexts } from "../shared/i18n";
import { Shell } from "../shared/Shell";
import { TokenForm } from "../shared/TokenForm";
import { useToken } from "../shared/use-token";
import { AlertChoices } from "./AlertChoices";
import { BalanceCard } from "./BalanceCard";
import { BankPanel } from "./BankPanel";
import { download, movementsCsv } from "./csv";
import { EventsBadge } from "./EventsBadge";
import { movementParts } from "./movements";
import { PaymentList } from "./PaymentList";
import { QrDialog } from "./QrDialog";
import { QrForm } from "./QrForm";
import { QrList } from "./QrList";
import { ShopChoice } from "./ShopChoice";
import { shops } from "./shops";
import { TakingsChart } from "./TakingsChart";
import { useAlerts } from "./use-alerts";
import { useLedger } from "./use-ledger";
import { useMoney } from "./use-money";

export interface DashboardPageProps {
  serverUrl: string;
  /** Whose till it is, in the demonstration. */
  user: string;
}

export function DashboardPage({ serverUrl, user }: DashboardPageProps) {
  const [token, giveToken] = useToken(serverUrl, user);
  if (token.kind === "known") {
    const isDemo = typeof token.token === "function";
    return <Till serverUrl={serverUrl} user={isDemo ? user : null} token={token.token} />;
  }
  return <Shell>{token.kind === "wanted" && <TokenForm onToken={giveToken} />}</Shell>;
}

/** So that a refund that is said twice counts once. Browsers make such ids on secure pages only. */
const refundIdentity = (): { refundId?: string } =>
  globalThis.isSecureContext ? { refundId: crypto.randomUUID() } : {};

/** `user` is `null` where the token alone says whose account it is. */
function Till({ serverUrl, user, token }: { serverUrl: string; user: string | null; token: Token }) {
  const { t } = useTexts();
  const money = useMoney();
  const alerts = useAlerts();
  const [said, setSaid] = useState("");
  const [openId, setOpenId] = useState<string | null>(null);
  const onPayment = useCallback(
    (payment: QrPaymentData) => {
      const amount = money(payment.amount, payment.currency);
      setSaid(t("sayPayment", { amount, name: payment.senderName || t("payerUnknown") }));
      alerts.tell(payment);
    },
    [alerts, money, t],
  );
  const { api, state, connection, retry } = useLedger(serverUrl, token, onPayment);
  const name = shops.find((shop) => shop.user === user)?.name;
  useEffect(() => {
    document.title = `${name ?? t("dashboardName")} · Pulso`;
  }, [name, t]);

  const refused = (error: unknown): string => {
    const code = error instanceof LedgerError ? error.code : "";
    setSaid(code === "" ? t("errorUnavailable") : t("errorOther", { code }));
    return error instanceof LedgerError ? (error.field ?? "") : "";
  };
  const create = async (order: QrOrder): Promise<string | null> => {
    try {
      setOpenId((await api.createQr(order)).qrId);
      return null;
    } catch (error) {
      return refused(error);
    }
  };
  const refund = (payment: Payment): Promise<void> =>
    api.refund(payment.qrId, payment.transactionId, refundIdentity()).then(
      () => {},
      (error) => void refused(error),
    );
  const cancel = (qrId: string): Promise<void> =>
    api.cancelQr(qrId).then(
      () => {},
      (error) => void refused(error),
    );
  const exportMovements = (): Promise<void> =>
    movementsCsv(movementParts(api)).then(
      (file) => download("movimientos.csv", file),
      () => setSaid(t("exportFailed")),
    );

  const opened = state?.qrs.find(({ qrId }) => qrId === openId);
  return (
    <Shell status={<EventsBadge state={connection} onRetry={retry} />}>
      <div className="mb-5 mt-1 flex flex-wrap items-end justify-between gap-x-6 gap-y-3 sm:mb-7">
        <div>
          <p className="muted text-sm">{t("dashboardName")}</p>
          <h1 className="font-display text-2xl font-semibold tracking-tight text-balance sm:text-3xl">
            {name ?? t("dashboardTitle")}
          </h1>
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <AlertChoices alerts={alerts} />
          {user !== null && <ShopChoice user={user} />}
        </div>
      </div>
      {state ? (
        <div className="till">
          <div className="till-main">
            <div className="till-top">
              <BalanceCard account={state.account} last={state.movements[0]} />
              <TakingsChart takings={state.takings} currency={state.account.currency} />
            </div>
            <PaymentList payments={state.payments} qrs={state.qrs} onRefund={refund} onExport={exportMovements} />
          </div>
          <aside className="till-side">
            <QrForm currency={state.account.currency} onCreate={create} />
            {user !== null && (
              <BankPanel serverUrl={serverUrl} qrs={state.qrs.filter(({ status }) => status === "active")} />
            )}
            <QrList qrs={state.qrs} onOpen={({ qrId }) => setOpenId(qrId)} />
          </aside>
        </div>
      ) : (
        <p className="muted" role="status">
          {t("dashboardLoading")}
        </p>
      )}
      {opened && (
        <QrDialog api={api} qr={opened} onCancel={() => cancel(opened.qrId)} onClose={() => setOpenId(null)} />
      )}
      <div className="toast" role="status" aria-live="polite">
        {said !== "" && (
          <p>
            {said}{" "}
            <button type="button" aria-label={t("dismiss")} onClick={() => setSaid("")}>
              ✕
            </button>
          </p>
        )}
      </div>
    </Shell>
  );
}
