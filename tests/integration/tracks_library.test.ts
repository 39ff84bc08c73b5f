// The library of tracks: uploads of every format, search, deletion, import from the command line, and files that were
// made to do harm.
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { encodeAudio, encodings, filmFile, pngFile, wavFile } from "../support/audio";
import { runCommand } from "../support/command";
import { eventually, temporaryFolder } from "../support/processes";
import { Pulso } from "../support/pulso";
import { Random } from "../support/random";
import { RawConnection } from "../support/raw_connection";
import { userToken } from "../support/tokens";
import { bearer, reader, type TrackAnswer, upload, uploaded, writer } from "../support/tracks";

const ana = writer("ana");
const luz = writer("luz");
const admin = writer("root", { roles: ["admin"] });
const uploadBytes = 2_000_000;

let server: Pulso;
beforeAll(async () => {
  server = await Pulso.start({ env: { PULSO_TRACKS_UPLOAD_BYTES: String(uploadBytes) } });
});
afterAll(async () => {
  await server?.stop();
});

const get = async (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${server.http}${path}`, { headers });
interface Page {
  tracks: TrackAnswer[];
  total: number;
  page: number;
  limit: number;
}
const page = async (query: string, headers = ana): Promise<Page> =>
  (await (await get(`/tracks${query}`, headers)).json()) as Page;
const titles = async (query: string, headers = ana): Promise<string[]> =>
  (await page(query, headers)).tracks.map(({ title }) => title);
const refusal = async (answer: Response): Promise<string> =>
  `${answer.status} ${((await answer.json()) as { code: string }).code}`;

/** An upload whose body waits until it is asked for; `length` is the field that says how long it will be. */
async function expectContinue(length: string, headers: { Authorization?: string } = {}): Promise<RawConnection> {
  const connection = await RawConnection.open(server.port);
  const fields = ["Host: a", length, "Expect: 100-continue"];
  if (headers.Authorization) fields.push(`Authorization: ${headers.Authorization}`);
  connection.write(`POST /api/tracks HTTP/1.1\r\n${fields.join("\r\n")}\r\n\r\n`);
  return connection;
}
async function askForBody(headers: { Authorization?: string } = {}): Promise<number> {
  const connection = await expectContinue(`Content-Length: ${uploadBytes}`, headers);
  const { status } = await connection.head();
  connection.destroy();
  return status;
}

describe("an upload", () => {
  const tags = { title: "Río Abajo", artist: "Пульс", album: "Проба 🎵" };
  const original = wavFile(3, {}, 330);
  const cover = pngFile();

  it.each(Object.entries(encodings))("of %s is read, drawn and sent back as it came", async (format, { mimeType }) => {
    const file = encodeAudio(original, format, tags);
    const track = await uploaded(server, ana, file, `x.${format}`);
    expect(track).toMatchObject({ ...tags, mimeType, size: file.length, shared: false, coverUrl: null });
    expect(Math.abs(track.duration - 3)).toBeLessThan(0.15);
    const audio = await get(track.audioUrl);
    expect(audio.headers.get("Content-Type")).toBe(mimeType);
    expect(Buffer.from(await audio.arrayBuffer()).equals(file)).toBe(true);
    const waveform = (await (await get(`${track.waveformUrl}&buckets=60`)).json()) as { peaks: number[] };
    expect(waveform).toMatchObject({ trackId: track.id, duration: track.duration, buckets: 60 });
    // A sine at half of full scale, whose edges the codec may have softened.
    for (const peak of waveform.peaks.slice(2, 58)) expect(Math.abs(peak - 0.49)).toBeLessThan(0.1);
  });

  it.each(["mp3", "m4a", "flac"])("of %s brings its cover", async (format) => {
    const file = encodeAudio(wavFile(1, {}, 500), format, { title: `With cover, ${format}` }, cover);
    const track = await uploaded(server, ana, file);
    const answer = await get(track.coverUrl ?? "none");
    expect(answer.headers.get("Content-Type")).toBe("image/png");
    expect(answer.headers.get("Content-Security-Policy")).toContain("sandbox");
    expect(Buffer.from(await answer.arrayBuffer()).equals(cover)).toBe(true);
    expect((await get(track.coverUrl ?? "", { "If-None-Match": answer.headers.get("ETag") ?? "" })).status).toBe(304);
  });

  it("may be the body itself, and is named by its file where it has no title", async () => {
    const answer = await fetch(`${server.http}/tracks?filename=${encodeURIComponent("C:\\My music\\Été 1.wav")}`, {
      method: "POST",
      headers: { ...ana, "Content-Type": "audio/wav" },
      body: new Uint8Array(wavFile(1, {}, 210)),
    });
    expect(answer.status).toBe(201);
    const track = (await answer.json()) as TrackAnswer;
    expect(track).toMatchObject({ title: "Été 1", artist: "", album: "", mimeType: "audio/wav", duration: 1 });
    expect(answer.headers.get("Location")).toBe(`/tracks/${track.id}`);
    const shown = (await (await get(`/tracks/${track.id}`, ana)).json()) as TrackAnswer;
    expect(shown).toEqual(track);
  });

  it("is what it contains, not what it is called", async () => {
    const track = await uploaded(server, ana, encodeAudio(wavFile(1, {}, 220), "mp3"), "page.html");
    expect(track.mimeType).toBe("audio/mpeg");
    const lies: Array<[string, Buffer]> = [
      ["song.mp3", Buffer.from("<html><script>alert(1)</script>")],
      ["song.mp3", Buffer.from("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")],
      ["song.wav", Buffer.from("ffconcat version 1.0\nfile /etc/passwd\n")],
      ["song.ogg", cover],
      ["song.m4a", filmFile()],
      ["song.flac", Buffer.from("fLaC but nothing else")],
      ["song.mp3", Buffer.concat([Buffer.from("ID3\x04\0\0\0\0\0\0"), Buffer.alloc(4000)])],
      ["empty.mp3", Buffer.alloc(0)],
    ];
    for (const [name, file] of lies) {
      expect(await refusal(await upload(server, ana, file, { name })), name).toBe("415 unsupported_audio");
    }
  });

  it("of the same file again is the same track; another's is another", async () => {
    const file = wavFile(1, { title: "Once" }, 240);
    const first = await uploaded(server, ana, file);
    const again = await upload(server, ana, file, { name: "other.wav" });
    expect(again.status).toBe(200);
    expect(((await again.json()) as TrackAnswer).id).toBe(first.id);
    expect((await uploaded(server, luz, file)).id).not.toBe(first.id);
  });

  it("by many at once is taken once", async () => {
    const file = wavFile(2, { title: "Race" }, 250);
    const answers = await Promise.all(Array.from({ length: 6 }, () => upload(server, ana, file)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    const ids = await Promise.all(answers.map(async (answer) => ((await answer.json()) as TrackAnswer).id));
    expect(new Set(ids).size).toBe(1);
    expect(await titles("?search=race")).toEqual(["Race"]);
  });

  it("needs a credential with the scope", async () => {
    const file = wavFile(1, {}, 260);
    expect(await refusal(await upload(server, {}, file))).toBe("401 unauthorized");
    expect(await refusal(await upload(server, reader("ana"), file))).toBe("403 forbidden");
  });

  it("is asked for its body only with such a credential", async () => {
    const forged = bearer(userToken({ sub: "ana", scope: "tracks:write" }, "another secret, of at least 32 bytes"));
    expect(await askForBody()).toBe(401);
    expect(await askForBody(forged)).toBe(401);
    expect(await askForBody(reader("ana"))).toBe(403);
    expect(await askForBody(ana)).toBe(100);
  });

  it("waits while the bodies of one, or of all, fill what may be held at once", async () => {
    const hold = (user: Record<string, string>) =>
      Promise.all(
        Array.from({ length: 2 }, async () => {
          const connection = await expectContinue("Transfer-Encoding: chunked", user);
          expect((await connection.head()).status).toBe(100);
          return connection;
        }),
      );
    const file = wavFile(1, {}, 265);
    const held = await hold(ana);
    expect(await refusal(await upload(server, ana, file))).toBe("503 unavailable");
    expect((await upload(server, luz, file)).ok).toBe(true);
    held.push(...(await hold(luz)));
    const refused = await upload(server, admin, file);
    expect(refused.headers.get("Retry-After")).toBe("1");
    expect(await refusal(refused)).toBe("503 unavailable");
    for (const connection of held) connection.destroy();
    for (const user of [ana, admin]) await eventually(async () => (await upload(server, user, file)).ok);
  });

  it("is shared only by those who may, and always by a key", async () => {
    const file = wavFile(1, { title: "For all" }, 270);
    expect(await refusal(await upload(server, ana, file, { fields: { shared: "true" } }))).toBe("403 forbidden");
    expect(await refusal(await upload(server, admin, file, { fields: { shared: "yes" } }))).toBe("422 bad_message");
    const answer = await upload(server, admin, file, { fields: { shared: "true" } });
    expect((await answer.json()) as TrackAnswer).toMatchObject({ shared: true });
    const printed = await runCommand(server, "key", "create", "--account", "a", "--scope", "tracks:write");
    const key = { "X-API-Key": printed.split("\n")[0] ?? "" };
    expect(await uploaded(server, key, wavFile(1, { title: "By key" }, 280))).toMatchObject({ shared: true });
    expect(await titles("?search=by key", luz)).toEqual(["By key"]);
  });

  it("is bounded", async () => {
    expect(await refusal(await upload(server, ana, Buffer.alloc(uploadBytes + 1)))).toBe("413 file_too_large");
    const declared = await fetch(`${server.http}/tracks`, {
      method: "POST",
      headers: ana,
      body: new Uint8Array(uploadBytes + 100_000),
    });
    expect(await refusal(declared)).toBe("413 body_too_large");
  });

  it.each([
    ["no boundary", "multipart/form-data", "--b\r\n"],
    [
      "another boundary",
      "multipart/form-data; boundary=c",
      '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n--b--',
    ],
    ["no end", "multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nRIFF'],
    ["no file", "multipart/form-data; boundary=b", '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--'],
    ["no part", "multipart/form-data; boundary=b", "--b--\r\n"],
    ["no body", "audio/wav", ""],
  ])("with %s is refused", async (_name, type, body) => {
    const answer = await fetch(`${server.http}/tracks`, {
      method: "POST",
      headers: { ...ana, "Content-Type": type },
      body,
    });
    expect(await refusal(answer)).toBe("400 bad_form");
  });
});

describe("the list", () => {
  const eve = writer("eve");
  beforeAll(async () => {
    const names: Array<[string, string]> = [
      ["Ночной Поезд", "Вокзал"],
      ["Night Train", "Station"],
      ["Árbol", "Ñandú"],
      ["100%", "a_b"],
    ];
    for (const [i, [title, artist]] of names.entries()) {
      await uploaded(server, eve, wavFile(1, { title, artist, album: "Eve's" }, 600 + i));
    }
  });

  it.each([
    ["eve", ["100%", "Night Train", "Árbol", "Ночной Поезд"]],
    ["NIGHT station", ["Night Train"]],
    ["ПОЕЗД", ["Ночной Поезд"]],
    ["ñandú ÁRBOL", ["Árbol"]],
    ["0%", ["100%"]],
    ["a_b", ["100%"]],
    ["n%t", []],
    ["' OR '1'='1", []],
  ])("searched for %s has these", async (search, found) => {
    expect(await titles(`?search=${encodeURIComponent(search)}`, eve)).toEqual(found);
  });

  it("comes in pages with the total", async () => {
    const all = await page("?search=eve", eve);
    expect(all).toMatchObject({ total: 4, page: 1, limit: 50 });
    const second = await page("?search=eve&page=2&limit=3", eve);
    expect(second).toMatchObject({ total: 4, page: 2, limit: 3 });
    expect(second.tracks).toEqual(all.tracks.slice(3));
    expect((await page("?search=eve&page=9", eve)).tracks).toEqual([]);
  });

  it.each(["page=0", "page=-1", "page=x", "page=1.5", "page=", "limit=0", "limit=101", `search=${"x".repeat(201)}`])(
    "is refused for %s, naming the field",
    async (query) => {
      const answer = await get(`/tracks?${query}`, eve);
      expect(answer.status).toBe(422);
      expect(await answer.json()).toMatchObject({ code: "bad_message", field: query.split("=")[0] });
    },
  );

  it("needs a credential, and shows nobody another's", async () => {
    expect((await get("/tracks")).status).toBe(401);
    expect(await titles("?search=eve", luz)).toEqual([]);
    expect((await page("?limit=100", writer("stranger"))).tracks.every(({ shared }) => shared)).toBe(true);
  });

  it("draws a waveform in as many parts as wanted", async () => {
    const [track] = (await page("?search=arbol", eve)).tracks.concat((await page("?search=Árbol", eve)).tracks);
    const peaks = async (query: string): Promise<number> =>
      ((await (await get(`${track?.waveformUrl}${query}`)).json()) as { peaks: number[] }).peaks.length;
    expect([await peaks("&buckets=1"), await peaks("&buckets=7"), await peaks("")]).toEqual([1, 7, 1000]);
    for (const bad of ["0", "1001", "x", "-1", ""]) {
      expect((await get(`${track?.waveformUrl}&buckets=${bad}`)).status).toBe(422);
    }
  });
});

describe("deletion", () => {
  const remove = async (id: string, headers: Record<string, string>): Promise<Response> =>
    fetch(`${server.http}/api/tracks/${id}`, { method: "DELETE", headers });
  const mediaFiles = (id: string): string[] =>
    readdirSync(join(server.folder, "pulso-media")).filter((name) => name.startsWith(id));

  it("is the owner's, and takes the files with it", async () => {
    const track = await uploaded(server, ana, encodeAudio(wavFile(1, {}, 700), "mp3", { title: "Gone" }, pngFile()));
    expect(mediaFiles(track.id).length).toBe(2);
    expect(await refusal(await remove(track.id, luz))).toBe("404 unknown_track");
    expect(await refusal(await remove(track.id, reader("ana")))).toBe("403 forbidden");
    expect(await refusal(await remove(track.id, {}))).toBe("401 unauthorized");
    const urls = [track.audioUrl, track.coverUrl ?? "", track.waveformUrl];
    for (const url of urls) expect((await get(url)).status).toBe(200); // asked for lately, and yet gone at once
    expect((await remove(track.id, ana)).status).toBe(200);
    expect(mediaFiles(track.id)).toEqual([]);
    for (const url of urls) {
      expect(await refusal(await get(url))).toBe("404 unknown_track");
    }
    expect(await refusal(await remove(track.id, ana))).toBe("404 unknown_track");
  });

  it("of anything is the administrator's, and of what is shared nobody else's", async () => {
    const own = await uploaded(server, ana, wavFile(1, {}, 710));
    expect((await remove(own.id, admin)).status).toBe(200);
    const answer = await upload(server, admin, wavFile(1, {}, 720), { fields: { shared: "true" } });
    const shared = (await answer.json()) as TrackAnswer;
    expect(await refusal(await remove(shared.id, ana))).toBe("403 forbidden");
    expect((await remove(shared.id, admin)).status).toBe(200);
  });

  it("and uploads are written to the audit log", async () => {
    const track = await uploaded(server, ana, wavFile(1, {}, 730));
    await remove(track.id, ana);
    await eventually(async () => {
      const log = await runCommand(server, "audit", "tail", "-n", "10");
      return log.includes("tracks.upload") && log.includes("tracks.delete") && log.includes(track.id);
    });
  });
});

describe("pulso tracks import", () => {
  it("takes a folder once, tells what it refuses, and follows no link", async () => {
    const folder = temporaryFolder();
    const music = join(folder.path, "music");
    mkdirSync(join(music, "album"), { recursive: true });
    writeFileSync(
      join(music, "album", "one.flac"),
      encodeAudio(wavFile(1, {}, 800), "flac", { title: "Imported one" }),
    );
    writeFileSync(join(music, "album", "cover.png"), pngFile());
    writeFileSync(join(music, "Two.opus"), encodeAudio(wavFile(1, {}, 810), "opus", { artist: "Imported too" }));
    writeFileSync(join(music, "broken.mp3"), "no audio");
    writeFileSync(join(music, "notes.txt"), "passed over");
    writeFileSync(join(folder.path, "outside.wav"), wavFile(1, { title: "Outside" }, 820));
    symlinkSync("../outside.wav", join(music, "link.wav"));
    symlinkSync("..", join(music, "up"));

    const first = await runCommand(server, "tracks", "import", music, "--owner", "ana");
    expect(first).toContain("added 2, already there 0, refused 2");
    expect(first).toMatch(/refused "?broken\.mp3"?: /);
    expect(first).toMatch(/refused "?link\.wav"?: links are not followed/);
    expect(await runCommand(server, "tracks", "import", music, "--owner", "ana")).toContain("added 0, already there 2");
    expect(await titles("?search=imported")).toEqual(["Imported one", "Two"]);
    expect((await page("?search=imported%20one")).tracks[0]?.coverUrl).not.toBeNull();
    expect(await titles("?search=imported", luz)).toEqual([]);
    expect(await runCommand(server, "tracks", "import", music)).toContain("added 2");
    expect(await runCommand(server, "tracks", "import", music, "--shared")).toContain("added 0, already there 2");
    expect(await titles("?search=imported", luz)).toEqual(["Imported one", "Two"]);
    expect(await titles("?q=imported", luz)).toEqual(["Imported one", "Two"]);
    expect(await titles("?search=outside", admin)).toEqual([]);
    folder.remove();
  });

  it("wants one owner at most, and a folder that is there", async () => {
    const run = async (...args: string[]): Promise<string> => {
      try {
        return await runCommand(server, "tracks", "import", ...args);
      } catch (error) {
        return String(error);
      }
    };
    expect(await run(server.folder, "--shared", "--owner", "ana")).toContain("ended with 2");
    expect(await run(server.folder, "--owner", "")).toContain("ended with 2");
    expect(await run(join(server.folder, "nowhere"), "--shared")).toContain("ended with 1");
  });
});

describe("hostile files", () => {
  const mallory = writer("mallory");

  it.each(["wav", ...Object.keys(encodings)])("made from %s are taken or refused, and nothing more", async (format) => {
    const random = new Random(Buffer.from(format).reduce((sum, byte) => sum * 31 + byte, 7));
    const wav = wavFile(1, { title: "Victim", artist: "A", album: "B" }, 440);
    const whole = format === "wav" ? wav : encodeAudio(wav, format, { title: "Victim" }, undefined);
    const victims = [1, 4, 12, 40, 100, 1000].map((bytes) => whole.subarray(0, bytes));
    for (let i = 0; i < 25; ++i) {
      const victim = Buffer.from(whole.subarray(0, random.chance(30) ? random.below(whole.length) : whole.length));
      // Most of what a reader believes stands at the beginning: sizes, counts, types.
      for (let hits = random.between(1, 8); hits > 0 && victim.length > 12; --hits) {
        const at = 12 + random.below(random.chance(70) ? Math.min(300, victim.length - 12) : victim.length - 12);
        if (random.chance(40) && at + 4 <= victim.length) victim.fill(random.one([0, 0x7f, 0xff]), at, at + 4);
        else victim[at] = random.below(256);
      }
      victims.push(victim);
    }
    for (const victim of victims) {
      const answer = await upload(server, mallory, victim, { name: `x.${format}` });
      expect([200, 201, 415], `${answer.status}`).toContain(answer.status);
      await answer.arrayBuffer();
    }
    expect((await get("/health")).status).toBe(200);
    expect(server.program.output).not.toMatch(/error/i);
  });
});
