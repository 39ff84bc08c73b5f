// Node `socket.io` 4 with the events of `pulso_echo --socketio app` that the load generator uses. PORT is the port on
// 127.0.0.1. RECOVERY=1 keeps what lost connections missed; REDIS_URL connects it with others by the Redis adapter.
import { createAdapter } from "@socket.io/redis-adapter";
import { createClient } from "redis";
import { createServer } from "node:http";
import { Server } from "socket.io";

const server = new Server({
  perMessageDeflate: false,
  serveClient: false,
  ...(process.env.RECOVERY === "1" && { connectionStateRecovery: {} }),
  ...(process.env.REDIS_URL && { adapter: await redisAdapter(process.env.REDIS_URL) }),
});

server.on("connection", (socket) => {
  socket.on("message", (message) => server.emit("message", message));
  socket.on("join", (room) => socket.join(room));
  socket.on("to-room", (room, event, ...values) => socket.to(room).emit(event, ...values));
  socket.on("who", (answer) => answer({ id: socket.id, rooms: [...socket.rooms] }));
});

const http = createServer();
server.attach(http);
http.listen(Number(process.env.PORT), "127.0.0.1");

async function redisAdapter(url) {
  const publisher = createClient({ url });
  const subscriber = publisher.duplicate();
  await Promise.all([publisher.connect(), subscriber.connect()]);
  return createAdapter(publisher, subscriber);
}
