import { useState } from "react";
import { useTexts } from "./i18n";

/** Where the server is no demonstration: its visitors bring the token that their own backend has made. */
export function TokenForm({ onToken }: { onToken(token: string): void }) {
  const { t } = useTexts();
  const [token, setToken] = useState("");
  return (
    <form
      className="card mx-auto mt-10 max-w-lg"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== "") onToken(token.trim());
      }}
    >
      <h1 className="font-display text-xl font-semibold">{t("tokenTitle")}</h1>
      <label className="mt-4 block text-sm font-semibold" htmlFor="token">
        {t("tokenLabel")}
      </label>
      <input
        id="token"
        className="field"
        type="password"
        autoComplete="off"
        value={token}
        onChange={(event) => setToken(event.target.value)}
      />
      <p className="muted mt-2 text-sm">{t("tokenHint")}</p>
      <button type="submit" className="primary mt-5">
        {t("tokenUse")}
      </button>
    </form>
  );
}
