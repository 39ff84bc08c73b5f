import {
  type Check,
  ask,
  collect,
  ensure,
  equal,
  eventually,
  left,
  networkTimes,
  next,
  pause,
  unique,
  who,
  within,
} from "./world";

/** What does not depend on the way of transport. */
export const reconnectionChecks: Check[] = [
  {
    name: "polling gives way to WebSocket while messages flow both ways, and none is lost",
    async run(world) {
      const socket = world.open({ transports: ["polling", "websocket"] });
      const [bursts, echoes] = [collect(socket, "seq"), collect(socket, "message-back")];
      for (let i = 0; i < 300; ++i) socket.emit("message", i);
      socket.emit("burst", 1_000);
      await next(socket.io, "open");
      const upgraded = next(socket.io.engine, "upgrade");
      await next(socket, "connect");
      for (let i = 300; i < 600; ++i) socket.emit("message", i);
      await upgraded;
      await eventually(() => bursts.length >= 1_000 && echoes.length >= 600, "everything");
      equal((await who(socket)).transport, "websocket");
      equal(
        [bursts, echoes],
        [Array.from({ length: 1_000 }, (_, i) => i), Array.from({ length: 600 }, (_, i) => i)],
        "order",
      );
    },
  },
  {
    name: "a client may stay on polling though it could upgrade",
    async run(world) {
      const socket = await world.connected({ upgrade: false });
      await pause(300);
      equal([(await who(socket)).transport, socket.io.engine.transport.name], ["polling", "polling"]);
    },
  },
  {
    name: "WebSocket may come first, with polling to fall back on",
    async run(world) {
      const socket = await world.connected({ transports: ["websocket", "polling"] });
      equal((await who(socket)).transport, "websocket");
    },
  },
  {
    name: "cookies and fields of one's own may be sent along from another origin",
    async run(world) {
      const options = { transports: ["polling"], withCredentials: true, extraHeaders: { "x-flavour": "plum" } };
      const socket = await world.connected(options);
      equal(await ask(socket, "message-with-ack", Uint8Array.of(1)), [Uint8Array.of(1)]);
    },
  },
  {
    name: "two clients without forceNew share one connection to a host",
    async run(world) {
      const one = await world.connected({ forceNew: false, multiplex: true });
      const other = world.open({ forceNew: false, multiplex: true }, "/custom");
      await next(other, "connect");
      ensure(one.io === other.io, "one manager");
    },
  },
  {
    name: "what is emitted before the connection stands arrives after it does, in order",
    async run(world) {
      const socket = world.open({ autoConnect: false });
      const heard = collect(socket, "message-back");
      for (let i = 0; i < 10; ++i) socket.emit("message", i);
      socket.volatile.emit("message", "volatile");
      socket.connect();
      await eventually(() => heard.length >= 10, "answers");
      await ask(socket, "message-with-ack");
      equal(heard, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    },
  },
  {
    name: "attempts to come back grow apart, and end after as many as were asked for",
    async run(world) {
      await world.network.down();
      const socket = world.open(
        { reconnectionDelay: 50, reconnectionDelayMax: 200, reconnectionAttempts: 4 },
        "/",
        world.network.url,
      );
      const times = [Date.now()];
      const attempts: number[] = [];
      socket.io.on("reconnect_attempt", (attempt: number) => {
        attempts.push(attempt);
        times.push(Date.now());
      });
      await next(socket.io, "reconnect_failed");
      equal(attempts, [1, 2, 3, 4]);
      const least = [50, 100, 200, 200];
      // Timers may fire a millisecond early.
      least.forEach((wait, i) => ensure((times[i + 1] ?? 0) - (times[i] ?? 0) >= wait - 2, `attempt ${i + 1} waits`));
    },
  },
  {
    name: "a client that comes back tells how many attempts it took",
    async run(world) {
      const socket = await world.reached();
      const failed = next(socket.io, "reconnect_error");
      await world.network.down();
      await failed;
      const back = next(socket.io, "reconnect");
      await world.network.open();
      ensure(((await back)[0] as number) >= 2, "more than one attempt");
    },
  },
  {
    name: "a server that does not answer is given up after the client's timeout",
    async run(world) {
      await world.network.blackHole();
      const socket = world.open({ timeout: 200, transports: ["websocket"] }, "/", world.network.url);
      const [error] = (await next(socket, "connect_error")) as [Error];
      equal(error.message, "timeout");
      const connected = next(socket, "connect");
      await world.network.open();
      await connected;
    },
  },
  {
    name: "one who stayed away too long begins anew",
    needsClient4: true,
    async run(world) {
      const [room, socket] = [unique("room"), await world.reached({ transports: ["websocket"] })];
      const sender = await world.connected();
      const before = socket.id;
      await ask(socket, "join", room);
      const heard = collect(socket, "word");
      const lost = next(socket, "disconnect");
      await world.network.down();
      await lost;
      await ask(sender, "to-room", room, "word", "missed");
      await left(room, sender);
      await pause(networkTimes.recoveryWindow + 600);
      const [back, greeting] = [next(socket, "connect"), next(socket, "auth")];
      await world.network.open();
      await back;
      equal([socket.recovered, heard], [false, []]);
      ensure(socket.id !== before, "a new id");
      await greeting;
    },
  },
  {
    name: "one who left on purpose is not given the old state",
    needsClient4: true,
    async run(world) {
      const socket = await world.reached({ transports: ["websocket"] });
      await ask(socket, "join", "left-on-purpose");
      socket.disconnect();
      socket.connect();
      await next(socket, "connect");
      const told = await who(socket);
      equal([socket.recovered, told.recovered, told.rooms], [false, false, [socket.id]]);
    },
  },
  {
    name: "one who was kicked is not given the old state",
    needsClient4: true,
    async run(world) {
      const socket = await world.reached({ transports: ["websocket"] });
      socket.emit("kick");
      await next(socket, "disconnect");
      socket.connect();
      await next(socket, "connect");
      equal(socket.recovered, false);
    },
  },
  {
    name: "state is recovered in every namespace of the connection",
    needsClient4: true,
    async run(world) {
      const socket = await world.reached({ transports: ["websocket"] });
      const other = world.beside(socket, "/dyn-55");
      await next(other, "auth");
      const before = [socket.id, other.id];
      const of = (event: string) => Promise.all([next(socket, event), next(other, event)]);
      const [both, back] = [of("disconnect"), of("connect")];
      await world.network.cut();
      await both;
      await back;
      equal([socket.id, other.id, socket.recovered, other.recovered], [...before, true, true]);
    },
  },
  {
    name: "an acknowledgement that was owed when the connection broke is reported lost",
    needsClient4: true,
    async run(world) {
      const socket = await world.reached();
      const answer = within(
        socket
          .timeout(5_000)
          .emitWithAck("never-ack")
          .then(
            () => "answered",
            (error: Error) => error.message,
          ),
        "an end",
      );
      await ask(socket, "message-with-ack");
      await world.network.cut();
      equal(await answer, "socket has been disconnected");
    },
  },
  {
    name: "heartbeats keep a silent connection",
    async run(world) {
      const sockets = [
        await world.connected({ transports: ["polling"] }),
        await world.connected({ transports: ["websocket"] }),
      ];
      const ids = sockets.map((socket) => socket.id);
      let ends = 0;
      for (const socket of sockets) socket.on("disconnect", () => ++ends);
      await pause(3_500);
      equal([ends, sockets.map((socket) => socket.id)], [0, ids]);
      for (const socket of sockets) equal(await ask(socket, "message-with-ack", 1), [1]);
    },
  },
];
