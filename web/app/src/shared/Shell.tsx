import type { ReactNode } from "react";
import { catalogue, languages, type Language } from "./catalogue";
import { useTexts } from "./i18n";
import { ThemeToggle } from "./ThemeToggle";

/** What all pages share: the mark, the language, the theme. `status` stands beside them. */
export function Shell({ status, children }: { status?: ReactNode; children: ReactNode }) {
  const { t } = useTexts();
  return (
    <>
      <a href="#content" className="skip">
        {t("skip")}
      </a>
      <header className="mx-auto flex w-full max-w-7xl flex-wrap items-center gap-x-3 gap-y-2 px-4 py-3 sm:px-6 sm:py-4">
        <a href="/" className="flex items-center gap-2.5 rounded-lg">
          <img src="/favicon.svg" alt="" className="size-8" />
          <span className="font-display text-lg font-semibold tracking-tight">Pulso</span>
        </a>
        <div className="ml-auto flex items-center gap-2">
          <LanguageChoice />
          <ThemeToggle />
        </div>
        {status}
      </header>
      <main id="content" className="mx-auto w-full max-w-7xl px-4 pb-28 sm:px-6 lg:pb-12">
        {children}
      </main>
    </>
  );
}

function LanguageChoice() {
  const { t, language, setLanguage } = useTexts();
  return (
    <select
      className="chip cursor-pointer"
      aria-label={t("languageLabel")}
      value={language}
      onChange={(event) => setLanguage(event.target.value as Language)}
    >
      {languages.map((code) => (
        <option key={code} value={code} lang={code}>
          {String(catalogue[code].languageName)}
        </option>
      ))}
    </select>
  );
}
