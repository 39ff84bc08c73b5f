import { fetchRoom, type Room } from "@pulso/sdk";
import { useEffect, useState } from "react";

/** The room's title and map. Asked for again whenever the connection comes (back); until then, or without one, `null`. */
export function useRoom(serverUrl: string, roomId: string, connected: boolean): Room | null {
  const [room, setRoom] = useState<Room | null>(null);
  useEffect(() => {
    if (!connected) return;
    let current = true;
    fetchRoom(serverUrl, roomId).then(
      (answer) => current && setRoom(answer),
      // A room that nobody declared has no map: the default hall is drawn.
      () => {},
    );
    return () => {
      current = false;
    };
  }, [serverUrl, roomId, connected]);
  return room;
}
