import type { AudioPlayerHook } from "@pulso/sdk/react";
import { useTexts } from "../shared/i18n";
import { Icon } from "./icons";
import { VolumeSlider } from "./VolumeSlider";

/** Where one listens: everywhere at once, or on one device that any of them chooses. */
export function DevicesPanel({ audio }: { audio: AudioPlayerHook }) {
  const { t } = useTexts();
  const { devices, deviceId, activeDeviceId, transferPlayback } = audio;
  return (
    <section className="card" aria-labelledby="devices">
      <h2 id="devices" className="font-display text-lg font-semibold">
        {t("devices")}
      </h2>
      <ul className="devices">
        <li>
          <button
            type="button"
            aria-pressed={activeDeviceId === null}
            onClick={() => transferPlayback(null)}
            disabled={activeDeviceId === null}
          >
            <Icon name="everywhere" />
            <span className="min-w-0 flex-1">
              <span className="block font-semibold">{t("deviceAll")}</span>
              <span className="muted block text-sm">{t("deviceCount", { count: devices.length })}</span>
            </span>
            <i className="devices-mark" aria-hidden="true" />
          </button>
        </li>
        {devices.map((device, place) => {
          const isHere = device.id === deviceId;
          const name = device.name || t("deviceNumber", { number: place + 1 });
          return (
            <li key={device.id}>
              <button
                type="button"
                aria-pressed={activeDeviceId === device.id}
                disabled={activeDeviceId === device.id}
                onClick={() => transferPlayback(device.id)}
              >
                <Icon name="device" />
                <span className="min-w-0 flex-1">
                  <span className="block truncate font-semibold">{name}</span>
                  <span className="muted block text-sm">{t(isHere ? "deviceHere" : "deviceThere")}</span>
                </span>
                <i className="devices-mark" aria-hidden="true" />
              </button>
            </li>
          );
        })}
      </ul>
      <div className="mt-4 px-3 lg:hidden">
        <VolumeSlider audio={audio} />
      </div>
    </section>
  );
}
