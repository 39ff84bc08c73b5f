import { useCallback } from "react";
import { useTexts } from "../shared/i18n";

/** Writes amounts in their currency as the visitor's language does. */
export function useMoney(): (amount: number, currency: string) => string {
  const { language } = useTexts();
  return useCallback(
    (amount, currency) => new Intl.NumberFormat(language, { style: "currency", currency }).format(amount),
    [language],
  );
}
