import type { LedgerAccount, Movement } from "@pulso/sdk";
import { useTexts } from "../shared/i18n";
import { useMoney } from "./use-money";

/** What the account has, and what changed it last. */
export function BalanceCard({ account, last }: { account: LedgerAccount; last: Movement | undefined }) {
  const { t } = useTexts();
  const money = useMoney();
  const sign = last && last.amount < 0 ? "−" : "+";
  return (
    <section className="balance" aria-labelledby="balance-title">
      <h2 id="balance-title" className="text-sm">
        {t("balance")}
      </h2>
      <p key={account.balance} className="balance-amount" data-testid="balance">
        {money(account.balance, account.currency)}
      </p>
      <p className="balance-last">
        {last ? (
          <>
            <span className="balance-change">
              {sign}
              {money(Math.abs(last.amount), last.currency)}
            </span>{" "}
            {t("balanceBefore", { amount: money(last.previousBalance, last.currency) })}
          </>
        ) : (
          t("balanceEmpty")
        )}
      </p>
    </section>
  );
}
