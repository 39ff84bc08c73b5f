import { useTexts } from "../shared/i18n";
import type { Alerts } from "./use-alerts";

/** Whether payments are heard, and shown by the system. */
export function AlertChoices({ alerts }: { alerts: Alerts }) {
  const { t } = useTexts();
  return (
    <div className="flex flex-wrap gap-2">
      <button
        type="button"
        className="chip"
        aria-pressed={alerts.hasSound}
        onClick={() => alerts.setSound(!alerts.hasSound)}
      >
        <svg
          viewBox="0 0 20 20"
          className="size-4"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.7"
          aria-hidden="true"
        >
          <path d="M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.5 17.5h3" strokeLinecap="round" strokeLinejoin="round" />
          {!alerts.hasSound && <path d="M3 3l14 14" strokeLinecap="round" />}
        </svg>
        {t(alerts.hasSound ? "soundOn" : "soundOff")}
      </button>
      {alerts.notifications === "default" && (
        <button type="button" className="chip" onClick={alerts.askForNotifications}>
          {t("notifyMe")}
        </button>
      )}
    </div>
  );
}
