import { useTexts } from "../shared/i18n";
import { shops } from "./shops";

/** Whose till this window is. Links, so that a second window can be another's. */
export function ShopChoice({ user }: { user: string }) {
  const { t } = useTexts();
  return (
    <nav className="shops" aria-label={t("shopLabel")}>
      <ul>
        {shops.map((shop) => (
          <li key={shop.user}>
            <a href={`/dashboard?user=${shop.user}`} aria-current={shop.user === user ? "page" : undefined}>
              {shop.name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
