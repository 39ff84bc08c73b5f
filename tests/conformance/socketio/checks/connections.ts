import { type Check, type ClientOptions, ask, collect, ensure, equal, eventually, next, who } from "./world";

/** How a connection begins and ends, on one way of transport; `last` is the transport that it arrives at. */
export function connectionChecks(way: string, options: ClientOptions, last: string): Check[] {
  return [
    {
      name: `${way}: connects, and both sides agree on who it is`,
      async run(world) {
        const socket = await world.connected({ ...options, query: { flavour: "a b&c=č" } });
        await eventually(() => socket.io.engine.transport.name === last, `on ${last}`);
        const told = await who(socket);
        equal([told.id, told.rooms, told.recovered, told.transport], [socket.id, [socket.id], false, last]);
        equal([told.query.flavour, told.query.EIO], ["a b&c=č", "4"]);
        ensure(socket.id !== socket.io.engine.id, "the ids of socket and engine differ");
        ensure(/^[\w-]{20}$/.test(socket.id ?? ""), "an id has 20 characters");
      },
    },
    {
      name: `${way}: what the client says of itself reaches the server`,
      async run(world) {
        const auth = { token: "ž", nested: { list: [1, null] } };
        const socket = world.open({ ...options, auth });
        equal((await next(socket, "auth"))[0], auth);
        equal((await who(socket)).auth, auth);
        equal((await next(world.open(options), "auth"))[0], {}, "auth when none was given");
      },
    },
    {
      name: `${way}: what the client says of itself may be found out late`,
      async run(world) {
        const auth = (give: (data: object) => void): unknown => setTimeout(() => give({ late: true }), 20);
        equal((await next(world.open({ ...options, auth: auth as never }), "auth"))[0], { late: true });
      },
    },
    {
      name: `${way}: namespaces share a connection`,
      async run(world) {
        const socket = await world.connected(options);
        const other = world.beside(socket, "/custom", { auth: { a: 1 } });
        equal((await next(other, "auth"))[0], { a: 1 });
        ensure(other.io.engine === socket.io.engine, "one engine");
        ensure(other.id !== socket.id, "an id in each namespace");
        const dynamic = world.beside(socket, "/dyn-101", { auth: { a: 2 } });
        equal((await next(dynamic, "auth"))[0], { a: 2 });
        other.disconnect();
        equal(await ask(socket, "message-with-ack", "still here"), ["still here"]);
        ensure(dynamic.connected && !other.connected, "the others stay");
      },
    },
    {
      name: `${way}: a namespace can be the first and the only one`,
      async run(world) {
        const socket = world.open({ ...options, auth: { b: 1 } }, "/dyn-7");
        equal((await next(socket, "auth"))[0], { b: 1 });
      },
    },
    {
      name: `${way}: a namespace that does not exist is refused`,
      async run(world) {
        for (const name of ["/nowhere", "/dyn-", "/dyn-1x", "/customs"]) {
          const [error] = (await next(world.open(options, name), "connect_error")) as [Error];
          equal(error.message, "Invalid namespace", name);
        }
      },
    },
    {
      name: `${way}: who is not authorized is told so, with data, and may try again`,
      async run(world) {
        const socket = world.open({ ...options, auth: { token: "wrong" } }, "/private");
        const [error] = (await next(socket, "connect_error")) as [Error & { data?: unknown }];
        equal([error.message, error.data], ["not authorized", { code: 401 }]);
        ensure(!socket.connected, "refused");
        socket.auth = { token: "secret" };
        socket.connect();
        equal((await next(socket, "auth"))[0], { token: "secret" });
      },
    },
    {
      name: `${way}: a refusal in one namespace leaves the others alone`,
      async run(world) {
        const socket = await world.connected(options);
        await next(world.beside(socket, "/private"), "connect_error");
        equal(await ask(socket, "message-with-ack", 1), [1]);
      },
    },
    {
      name: `${way}: the client leaves and comes back as somebody else`,
      async run(world) {
        const socket = await world.connected(options);
        const before = socket.id;
        const left = next(socket, "disconnect");
        socket.disconnect();
        equal((await left)[0], "io client disconnect");
        socket.connect();
        await next(socket, "connect");
        const told = await who(socket);
        ensure(told.id !== before && !told.recovered, "a new socket");
      },
    },
    {
      name: `${way}: one who is kicked stays away until asked to come back`,
      async run(world) {
        const socket = await world.connected(options);
        const other = world.beside(socket, "/custom");
        await next(other, "connect");
        socket.emit("kick");
        equal((await next(socket, "disconnect"))[0], "io server disconnect");
        ensure(!socket.active && other.connected, "one namespace is left, the other is not");
        socket.connect();
        await next(socket, "connect");
      },
    },
    {
      name: `${way}: a closed transport brings the client back by itself`,
      async run(world) {
        const socket = world.open(options);
        await next(socket, "auth");
        await eventually(() => socket.io.engine.transport.name === last, `on ${last}`);
        const before = socket.id;
        socket.emit("close-transport");
        equal((await next(socket, "disconnect"))[0], "transport close");
        await next(socket, "connect");
        equal((await who(socket)).id, socket.id);
        if ("recovered" in socket) equal([socket.recovered, socket.id], [true, before]);
      },
    },
    {
      name: `${way}: any event can be listened to`,
      async run(world) {
        const socket = world.open(options);
        const names: string[] = [];
        socket.onAny((name: string) => names.push(name));
        await next(socket, "auth");
        const received = collect(socket, "message-back");
        socket.emit("message", 1);
        await eventually(() => received.length === 1, "an answer");
        equal(names, ["auth", "message-back"]);
      },
    },
    {
      name: `${way}: one who is kicked from everything leaves every namespace`,
      async run(world) {
        const socket = await world.connected(options);
        const other = world.beside(socket, "/custom");
        await next(other, "connect");
        const both = Promise.all([next(socket, "disconnect"), next(other, "disconnect")]);
        socket.emit("kick-all");
        const reasons = (await both).map(([reason]) => reason);
        equal(reasons, ["io server disconnect", "io server disconnect"]);
      },
    },
  ];
}
