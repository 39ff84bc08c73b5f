import { useTexts } from "../shared/i18n";
import { Icon } from "./icons";

/** The browser wants the visitor's hand on this page before it plays: the others play already. */
export function ListenHint({ onListen }: { onListen(): void }) {
  const { t } = useTexts();
  return (
    <button type="button" className="listen" onClick={onListen}>
      <Icon name="volume" className="size-6 shrink-0" />
      <span>
        <strong>{t("listenTitle")}</strong>
        <span>{t("listenHint")}</span>
      </span>
    </button>
  );
}
