import { StrictMode, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { TextsProvider } from "./i18n";
import "./styles.css";

export function mount(page: ReactNode): void {
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <TextsProvider>{page}</TextsProvider>
    </StrictMode>,
  );
}
