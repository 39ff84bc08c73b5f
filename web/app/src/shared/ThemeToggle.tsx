import { useEffect, useState } from "react";
import { useTexts } from "./i18n";
import { recall, remember } from "./memory";

type Theme = "light" | "dark";

function initialTheme(): Theme {
  const chosen = recall("theme");
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function ThemeToggle() {
  const { t } = useTexts();
  const [theme, setTheme] = useState<Theme>(initialTheme);
  useEffect(() => {
    document.documentElement.dataset["theme"] = theme;
  }, [theme]);
  const other: Theme = theme === "dark" ? "light" : "dark";
  const label = t(other === "dark" ? "themeDark" : "themeLight");
  const choose = () => {
    remember("theme", other);
    setTheme(other);
  };
  return (
    <button
      type="button"
      className="chip aspect-square justify-center px-0"
      aria-label={label}
      title={label}
      onClick={choose}
    >
      <svg viewBox="0 0 20 20" className="size-4" aria-hidden="true">
        <circle cx="10" cy="10" r="7" fill="none" stroke="currentColor" strokeWidth="1.8" />
        <path d="M10 3a7 7 0 0 1 0 14z" fill="currentColor" />
      </svg>
    </button>
  );
}
