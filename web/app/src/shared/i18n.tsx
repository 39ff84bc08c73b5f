import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { catalogue, languages, type Key, type Language } from "./catalogue";
import { recall, remember } from "./memory";

export type Values = Record<string, string | number>;

export interface Texts {
  language: Language;
  setLanguage(language: Language): void;
  /** `values.count` chooses among plural forms. */
  t(key: Key, values?: Values): string;
  price(amount: number): string;
  /** Hours and minutes of a moment in milliseconds since 1970. */
  timeOfDay(ms: number): string;
}

/** The seat map carries amounts without a currency. */
const currency = "EUR";

/** The first of the visitor's languages that we have; Spanish otherwise. */
export function preferredLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const found = languages.find((language) => tag.toLowerCase().split("-")[0] === language);
    if (found) return found;
  }
  return "es";
}

export function translate(language: Language, key: Key, values: Values = {}): string {
  const entry = catalogue[language][key];
  const plural = typeof entry === "string" ? "other" : new Intl.PluralRules(language).select(Number(values["count"]));
  const text = typeof entry === "string" ? entry : (entry[plural] ?? entry.other ?? "");
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function createTexts(language: Language, setLanguage: (language: Language) => void): Texts {
  const money = new Intl.NumberFormat(language, { style: "currency", currency });
  const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" });
  return {
    language,
    setLanguage,
    t: (key, values) => translate(language, key, values),
    price: (amount) => money.format(amount),
    timeOfDay: (ms) => clock.format(ms),
  };
}

const TextsContext = createContext<Texts | null>(null);

export function useTexts(): Texts {
  const texts = useContext(TextsContext);
  if (!texts) throw new Error("no TextsProvider above");
  return texts;
}

export function TextsProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() => preferredLanguage([recall("language") ?? "", ...navigator.languages]));
  const texts = useMemo(
    () =>
      createTexts(language, (chosen) => {
        remember("language", chosen);
        setLanguage(chosen);
      }),
    [language],
  );
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  return <TextsContext value={texts}>{children}</TextsContext>;
}
