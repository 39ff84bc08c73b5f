// Node `socket.io` 4: sends every "message" event to every client of the namespace. PORT is the port on 127.0.0.1.
import { Server } from "socket.io";

const server = new Server(Number(process.env.PORT), {
  transports: ["websocket"],
  perMessageDeflate: false,
  serveClient: false,
});

server.on("connection", (socket) => {
  socket.on("message", (message) => server.emit("message", message));
});
