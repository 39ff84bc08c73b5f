// Node `ws`: sends every message to every client, unchanged. PORT is the port on 127.0.0.1.
import { WebSocketServer } from "ws";

const server = new WebSocketServer({
  host: "127.0.0.1",
  port: Number(process.env.PORT),
  perMessageDeflate: false,
});

server.on("connection", (socket) => {
  socket.on("message", (message, isBinary) => {
    for (const client of server.clients) client.send(message, { binary: isBinary });
  });
});
