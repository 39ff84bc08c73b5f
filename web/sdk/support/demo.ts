import { demoHall } from "./demo-hall.js";
import type { FakeRoom } from "./fake-room.js";
import { Refusal } from "./fake-room.js";
import { FakeServer } from "./fake-server.js";

const visitors = ["Ana", "Иван", "Joaquín", "Mei", "Lena", "Omar"];

/** Serves a hall in which seats are sold and imaginary visitors come and go; G8 and G9 are lost to a rival. */
export async function runDemo(port: number): Promise<void> {
  const server = new FakeServer({
    rooms: [demoHall("demo_sala_1", "Sala 1 · El faro del norte"), demoHall("demo_sala_2", "Sala 2 · Noche de cortos")],
    contested: ["G8", "G9"],
  });
  const room = server.room("demo_sala_1");
  room.sell(["F9", "F10", "F11", "F12", "I3", "I4", "M7", "M8", "M9", "K14", "K15", "C17", "C18", "B2"], "user_before");
  visitors.forEach((_, index) => visit(room, index));
  setInterval(() => visit(room, Math.floor(Math.random() * visitors.length)), 2500);
  console.log(`fake server on ${await server.listen(port)}`);
}

function visit(room: FakeRoom, index: number): void {
  const session = `visitor ${index}`;
  const held = room.heldBy(session);
  try {
    if (held[2] !== undefined) room.release(session, held[0] as string);
    const row = "CDEFGHIJKLMNO"[Math.floor(Math.random() * 13)];
    room.select(session, `user_${index}`, `${row}${1 + Math.floor(Math.random() * 20)}`, {
      name: visitors[index] as string,
    });
  } catch (refusal) {
    // Imaginary visitors lose races too.
    if (!(refusal instanceof Refusal)) throw refusal;
  }
}
