import type { AudioPlayerHook } from "@pulso/sdk/react";
import { useTexts } from "../shared/i18n";
import { Icon } from "./icons";

/** How loud all devices are. */
export function VolumeSlider({ audio }: { audio: AudioPlayerHook }) {
  const { t } = useTexts();
  return (
    <label className="volume">
      <Icon name="volume" className="size-5 shrink-0" />
      <span className="sr-only">{t("volume")}</span>
      <input
        type="range"
        min="0"
        max="1"
        step="0.05"
        value={audio.volume}
        aria-valuetext={`${Math.round(audio.volume * 100)} %`}
        onChange={(event) => audio.setVolume(Number(event.target.value))}
      />
    </label>
  );
}
