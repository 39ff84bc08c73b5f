import { fetchRooms, type Room } from "@pulso/sdk";
import { useEffect, useState } from "react";
import { shops } from "../dashboard/shops";
import { useTexts } from "../shared/i18n";
import { Shell } from "../shared/Shell";
import { HallPicture } from "./HallPicture";

/** Lists what works, and nothing else. */
export function HomePage({ serverUrl }: { serverUrl: string }) {
  const { t } = useTexts();
  const rooms = useRooms(serverUrl);
  return (
    <Shell>
      <div className="grid items-center gap-8 py-6 lg:grid-cols-[1.1fr_1fr] lg:gap-14 lg:py-16">
        <div>
          <h1 className="font-display text-3xl leading-tight font-semibold tracking-tight text-balance sm:text-5xl sm:leading-[1.12]">
            {t("homeTitle")}
          </h1>
          <p className="muted mt-5 max-w-xl text-lg text-pretty">{t("homeLead")}</p>
          <div className="mt-8 flex flex-wrap gap-3">
            <a className="primary" href="/seats">
              {t("seatsOpen")}
            </a>
            <a className="action px-5" href="/player">
              {t("playerOpen")}
            </a>
            <a className="action px-5" href="/dashboard">
              {t("dashboardOpen")}
            </a>
            <a className="action px-5" href="/docs">
              {t("docs")}
            </a>
          </div>
        </div>
        <HallPicture />
      </div>
      <section aria-labelledby="works" className="mt-6">
        <h2 id="works" className="font-display text-xl font-semibold">
          {t("homeWorks")}
        </h2>
        <div className="mt-4 grid gap-4 md:grid-cols-2">
          <article className="card">
            <h3 className="font-display text-lg font-semibold">{t("seatsName")}</h3>
            <p className="muted mt-2">{t("seatsPitch")}</p>
            <p className="mt-2">{t("homeTwo")}</p>
            <h4 className="mt-5 text-sm font-semibold">{t("homeRooms")}</h4>
            <ul className="mt-2 flex flex-wrap gap-2">
              {(rooms.length > 0 ? rooms : [{ room_id: "demo_sala_1" }]).map(
                ({ room_id, title }: Pick<Room, "room_id" | "title">) => (
                  <li key={room_id}>
                    <a className="action" href={`/seats?room=${encodeURIComponent(room_id)}`}>
                      {title ?? room_id}
                    </a>
                  </li>
                ),
              )}
            </ul>
          </article>
          <article className="card">
            <h3 className="font-display text-lg font-semibold">{t("playerName")}</h3>
            <p className="muted mt-2">{t("playerPitch")}</p>
            <p className="mt-2">{t("playerTwo")}</p>
            <ul className="mt-5 flex flex-wrap gap-2">
              {["Ana", "Luz"].map((name) => (
                <li key={name}>
                  <a className="action" href={`/player?user=${name.toLowerCase()}`}>
                    {t("playerAs", { name })}
                  </a>
                </li>
              ))}
            </ul>
          </article>
          <article className="card">
            <h3 className="font-display text-lg font-semibold">{t("dashboardName")}</h3>
            <p className="muted mt-2">{t("dashboardPitch")}</p>
            <p className="mt-2">{t("dashboardTwo")}</p>
            <ul className="mt-5 flex flex-wrap gap-2">
              {shops.map(({ user, name }) => (
                <li key={user}>
                  <a className="action" href={`/dashboard?user=${user}`}>
                    {name}
                  </a>
                </li>
              ))}
            </ul>
          </article>
          <article className="card">
            <h3 className="font-display text-lg font-semibold">{t("docs")}</h3>
            <p className="muted mt-2">{t("docsPitch")}</p>
            <a className="action mt-5" href="/docs">
              /docs
            </a>
          </article>
        </div>
      </section>
    </Shell>
  );
}

/** Empty where the server does not list its rooms. */
function useRooms(serverUrl: string): Room[] {
  const [rooms, setRooms] = useState<Room[]>([]);
  useEffect(() => {
    let current = true;
    fetchRooms(serverUrl).then(
      (answer) => current && setRooms(answer),
      () => {},
    );
    return () => {
      current = false;
    };
  }, [serverUrl]);
  return rooms;
}
