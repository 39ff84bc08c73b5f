// What a payment costs with all its guarantees on, and how soon it is heard: `node bench/ledger/measure.js --url http://…
// [--other http://…] --jwt-secret … --bank-secret … [--payments 2000] [--at-once 16] [--database postgresql://…]`.
// The bank's calls go to `url`; a stream at `other`, which is the same server unless told, hears each payment. Both are on
// this machine, so their clocks are one. With a database it is measured too how soon a stream hears of what another
// application inserts there, one event after the other.
import { spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { Agent, get, request } from "node:http";
import { parseArgs } from "node:util";

const { values } = parseArgs({
  options: {
    url: { type: "string", default: "http://127.0.0.1:8001" },
    other: { type: "string" },
    "jwt-secret": { type: "string" },
    "bank-secret": { type: "string" },
    payments: { type: "string", default: "2000" },
    "at-once": { type: "string", default: "16" },
    accounts: { type: "string", default: "1" },
    database: { type: "string" },
    inserts: { type: "string", default: "500" },
  },
});
const payments = Number(values.payments);
const atOnce = Number(values["at-once"]);
const accounts = Number(values.accounts);
const run = randomUUID().slice(0, 8);
const agent = new Agent({ keepAlive: true, maxSockets: atOnce });

function token(account) {
  const encode = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const claims = { sub: "bench", account_id: account, iat: now, exp: now + 3600 };
  const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(claims)}`;
  return `${signed}.${createHmac("sha256", values["jwt-secret"]).update(signed).digest("base64url")}`;
}

async function post(path, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, values.url), { method: "POST", agent, headers }, (answer) => {
      let text = "";
      answer.on("data", (piece) => (text += piece));
      answer.on("end", () => {
        if (answer.statusCode >= 300) reject(new Error(`${path} answered ${answer.statusCode}: ${text}`));
        else resolve(JSON.parse(text).data);
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function pay(qr, transactionId) {
  const path = `/qr/${qr}/payments`;
  const body = JSON.stringify({ transactionId, amount: 1.5, currency: "BOB", senderName: "bench" });
  const seconds = Math.floor(Date.now() / 1000);
  const hmac = createHmac("sha256", values["bank-secret"]).update(`${seconds}.POST ${path}.${body}`).digest("hex");
  return post(path, { "X-Bank-Signature": `t=${seconds},v1=${hmac}` }, body);
}

const heardAt = new Map();
let wake = () => {};

/** Resolves when the stream has said welcome. */
async function listen(account) {
  const url = new URL(`/events/stream?types=qr_payment,note&token=${token(account)}`, values.other ?? values.url);
  return new Promise((resolve, reject) => {
    get(url, { agent: false }, (answer) => {
      let rest = "";
      answer.setEncoding("utf8");
      answer.on("data", (piece) => {
        const now = performance.now();
        const lines = (rest + piece).split("\n");
        rest = lines.pop();
        for (const line of lines) {
          if (line.startsWith("id: qr_payment_")) heardAt.set(line.slice("id: qr_payment_".length), now);
          if (line.startsWith("id: insert_")) heardAt.set(line.slice("id: ".length), now);
          if (line.startsWith("id: welcome_")) resolve(answer);
        }
        wake();
      });
    }).on("error", reject);
  });
}

const percentile = (sorted, part) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];

let measured = 0;
async function measure(count, workers) {
  const name = `${run}_${measured++}`;
  const [sentAt, answered] = [new Map(), []];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const id = `${name}_${next++}`;
      sentAt.set(id, performance.now());
      await pay(qrs[next % accounts], id);
      answered.push(performance.now() - sentAt.get(id));
    }
  };
  const start = performance.now();
  await Promise.all(Array.from({ length: workers }, worker));
  const seconds = (performance.now() - start) / 1000;
  while ([...sentAt.keys()].some((id) => !heardAt.has(id))) await new Promise((resolve) => (wake = resolve));
  const heard = [...sentAt].map(([id, at]) => heardAt.get(id) - at).sort((a, b) => a - b);
  answered.sort((a, b) => a - b);
  return {
    at_once: workers,
    payments_per_s: Math.round(count / seconds),
    answered_ms: { p50: percentile(answered, 0.5), p99: percentile(answered, 0.99) },
    heard_ms: { p50: percentile(heard, 0.5), p99: percentile(heard, 0.99) },
  };
}

/** From the statement's way to the database to its event's at the stream. */
async function measureInserts(count, account) {
  const psql = spawn("psql", ["-XAtq", "-v", "ON_ERROR_STOP=1", values.database], {
    stdio: ["pipe", "inherit", "inherit"],
  });
  const heard = [];
  for (let i = 0; i < count; ++i) {
    const id = `insert_${run}_${i}`;
    const at = performance.now();
    psql.stdin.write(
      `INSERT INTO event_outbox (account, type, data, event_id) VALUES ('${account}', 'note', '${i}', '${id}');\n`,
    );
    while (!heardAt.has(id)) await new Promise((resolve) => (wake = resolve));
    heard.push(heardAt.get(id) - at);
  }
  psql.stdin.end();
  heard.sort((a, b) => a - b);
  return { p50: percentile(heard, 0.5), p99: percentile(heard, 0.99) };
}

const names = Array.from({ length: accounts }, (_, i) => `bench-${run}-${i}`);
const streams = await Promise.all(names.map(listen));
const qrs = await Promise.all(
  names.map(
    async (account) =>
      (await post("/qr", { Authorization: `Bearer ${token(account)}` }, '{"amount":1.5,"singleUse":false}')).qrId,
  ),
);
await measure(Math.ceil(payments / 10), 1); // warm
heardAt.clear();
const figures = [];
for (const workers of [1, atOnce]) figures.push(await measure(payments, workers));
const inserted = values.database && (await measureInserts(Number(values.inserts), names[0]));
for (const stream of streams) stream.destroy();
agent.destroy();
console.log(JSON.stringify({ accounts, payments, runs: figures, inserted_heard_ms: inserted }, null, 1));
