import { useTexts } from "../shared/i18n";

const listeners = [
  { user: "ana", name: "Ana" },
  { user: "luz", name: "Luz" },
];

/** Who listens in this window. Links, so that a second window can be somebody else. */
export function ListenerChoice({ user }: { user: string }) {
  const { t } = useTexts();
  return (
    <nav className="listeners" aria-label={t("listenerLabel")}>
      <span className="muted text-sm">{t("listenerLabel")}</span>
      <ul>
        {listeners.map((listener) => (
          <li key={listener.user}>
            <a href={`/player?user=${listener.user}`} aria-current={listener.user === user ? "page" : undefined}>
              {listener.name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
