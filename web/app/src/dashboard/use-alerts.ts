import type { QrPaymentData } from "@pulso/sdk";
import { useCallback, useRef, useState } from "react";
import { useTexts } from "../shared/i18n";
import { recall, remember } from "../shared/memory";
import { useMoney } from "./use-money";

export interface Alerts {
  hasSound: boolean;
  setSound(on: boolean): void;
  /** `unsupported` where the browser knows none. */
  notifications: NotificationPermission | "unsupported";
  askForNotifications(): void;
  tell(payment: QrPaymentData): void;
}

/** Two rising tones, as a till's bell. */
function ring(context: AudioContext): void {
  for (const [index, hertz] of [880, 1318.5].entries()) {
    const from = context.currentTime + index * 0.13;
    const tone = context.createOscillator();
    const volume = context.createGain();
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, from);
    volume.gain.linearRampToValueAtTime(0.18, from + 0.015);
    volume.gain.exponentialRampToValueAtTime(0.0001, from + 0.5);
    tone.connect(volume).connect(context.destination);
    tone.start(from);
    tone.stop(from + 0.55);
  }
}

/**
 * Android's browsers show notifications by a service worker only, and throw at any other. Where there is none, nothing is
 * shown: a payment is on the screen all the same.
 */
function notify(title: string, options: NotificationOptions): void {
  try {
    new Notification(title, options);
  } catch {
    // No secure context, no `serviceWorker`.
    void navigator.serviceWorker
      ?.getRegistration()
      .then((registration) => registration?.showNotification(title, options))
      .catch(() => {});
  }
}

/** How a payment is told to somebody who does not look: by sound, and by the system's notifications. */
export function useAlerts(): Alerts {
  const { t } = useTexts();
  const money = useMoney();
  const [hasSound, setHasSound] = useState(() => recall("sound") === "on");
  const [notifications, setNotifications] = useState<Alerts["notifications"]>(() =>
    "Notification" in globalThis ? Notification.permission : "unsupported",
  );
  const audio = useRef<AudioContext | null>(null);

  const setSound = useCallback((on: boolean) => {
    remember("sound", on ? "on" : "off");
    setHasSound(on);
    if (!on) return;
    audio.current ??= new AudioContext(); // by a click, so that the browser lets it sound
    void audio.current.resume();
    ring(audio.current);
  }, []);
  const askForNotifications = useCallback(() => {
    void Notification.requestPermission().then(setNotifications);
  }, []);
  const tell = useCallback(
    ({ amount, currency, senderName, transactionId }: QrPaymentData) => {
      if (hasSound) {
        audio.current ??= new AudioContext();
        ring(audio.current);
      }
      if (notifications !== "granted" || document.visibilityState === "visible") return;
      const body = senderName === "" ? "" : t("paymentFrom", { name: senderName });
      notify(t("paymentOf", { amount: money(amount, currency) }), { body, tag: transactionId });
    },
    [hasSound, notifications, t, money],
  );
  return { hasSound, setSound, notifications, askForNotifications, tell };
}
