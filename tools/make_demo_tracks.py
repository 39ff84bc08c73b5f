#!/usr/bin/env python3
"""Composes and synthesises the tracks of the demonstration: make_demo_tracks.py OUTPUT_FOLDER

Six short pieces of different character, as 16-bit mono WAV files with title, artist, album (INFO and ID3v2.4) and a
cover. All of it comes from this file, so nothing needs a licence; the same Python makes the same bytes each time.
"""

import math
import operator
import random
import struct
import sys
import zlib
from array import array
from functools import cache
from pathlib import Path

RATE = 22050
TABLE_SIZE = 2048
ALBUM = "Pulso Demo"
ARTIST = "Pulso"

# Amplitudes of the harmonics that make each sound.
HARMONICS = {
    "pad": (1, 0.5, 0.28, 0.12, 0.06),
    "organ": (1, 0.7, 0.1, 0.45, 0, 0.15),
    "bass": (1, 0.55, 0.2, 0.08),
    "square": (1, 0, 1 / 3, 0, 1 / 5, 0, 1 / 7),
    "reed": (1, 0.8, 0.6, 0.45, 0.3, 0.2, 0.12),
}
# Seconds until full, seconds until a third is left after that, seconds of fading at the end.
ENVELOPES = {
    "pad": (0.45, 60, 0.6),
    "organ": (0.06, 60, 0.25),
    "bass": (0.006, 0.5, 0.03),
    "square": (0.004, 0.35, 0.02),
    "reed": (0.05, 4, 0.12),
}


def hertz(key):
    """Of a key of the keyboard by its MIDI number: 69 is 440 Hz."""
    return 440 * 2 ** ((key - 69) / 12)


@cache
def wave(sound):
    harmonics = HARMONICS[sound]
    scale = 1 / sum(harmonics)
    return [
        scale * sum(a * math.sin(2 * math.pi * (n + 1) * i / TABLE_SIZE) for n, a in enumerate(harmonics) if a)
        for i in range(TABLE_SIZE)
    ]


def shaped(samples, attack, decay, release):
    count = len(samples)
    attack, release = max(1, int(attack * RATE)), max(1, int(release * RATE))
    fall = math.exp(-1 / (decay * RATE))
    level = 1.0
    for i in range(count):
        if i < attack:
            samples[i] *= i / attack
        else:
            level *= fall
            samples[i] *= level
    for i in range(max(0, count - release), count):
        samples[i] *= (count - i) / release
    return samples


@cache
def tone(sound, key, seconds):
    """One note of a steady sound."""
    table = wave(sound)
    step = int(hertz(key) * TABLE_SIZE / RATE * 65536)
    mask = TABLE_SIZE - 1
    samples = array("d", [table[(i * step >> 16) & mask] for i in range(int(seconds * RATE))])
    return shaped(samples, *ENVELOPES[sound])


@cache
def string(key, seconds):
    """A plucked string: noise that goes round a delay line and loses its highs (Karplus and Strong, 1983)."""
    chance = random.Random(key)
    length = max(2, int(RATE / hertz(key)))
    samples = array("d", [chance.uniform(-0.8, 0.8) for _ in range(length)])
    for i in range(length, int(seconds * RATE)):
        samples.append(0.498 * (samples[i - length] + samples[i - length + 1]))
    return shaped(samples, 0.001, 2.5, 0.05)


@cache
def bell(key, seconds):
    """Frequency modulation by a ratio that is no whole number rings like glass (Chowning, 1973)."""
    carrier = 2 * math.pi * hertz(key) / RATE
    samples = array("d")
    for i in range(int(seconds * RATE)):
        ring = math.exp(-i / (0.9 * RATE))
        samples.append(0.6 * ring * math.sin(carrier * i + 2.2 * ring * math.sin(3.51 * carrier * i)))
    return shaped(samples, 0.002, 60, 0.1)


@cache
def drum(kind):
    chance = random.Random(kind)
    if kind == "kick":
        return array("d", [math.exp(-i / 2400) * math.sin(9 * math.log1p(i / 60)) for i in range(6000)])
    decay, count = {"snare": (1300, 5000), "hat": (260, 1400), "shaker": (700, 2600)}[kind]
    samples = array("d")
    last = 0.0
    for i in range(count):
        noise = chance.uniform(-1, 1)
        # The difference of neighbours leaves the highs of the noise.
        samples.append(0.5 * (noise - last) * math.exp(-i / decay))
        last = noise
    if kind == "snare":
        for i in range(2200):
            samples[i] += 0.5 * math.exp(-i / 700) * math.sin(2 * math.pi * 185 * i / RATE)
    return samples


class Piece:
    """Notes laid over each other on a line of beats."""

    def __init__(self, beats_per_minute, beats):
        self.beat = 60 / beats_per_minute
        self.samples = array("d", bytes(8 * int((beats * self.beat + 1.5) * RATE)))

    def add(self, beat, samples, volume):
        begin = int(beat * self.beat * RATE)
        end = min(begin + len(samples), len(self.samples))
        louder = [volume * s for s in samples[: end - begin]]
        self.samples[begin:end] = array("d", map(operator.add, self.samples[begin:end], louder))

    def play(self, sound, beat, key, beats, volume=0.3):
        seconds = round(beats * self.beat, 4)
        makers = {"string": string, "bell": bell}
        maker = makers.get(sound)
        self.add(beat, maker(key, seconds) if maker else tone(sound, key, seconds), volume)

    def strike(self, kind, beat, volume=0.4):
        self.add(beat, drum(kind), volume)

    def chord(self, sound, beat, keys, beats, volume=0.16):
        for key in keys:
            self.play(sound, beat, key, beats, volume)

    def finished(self, seconds_of_fading=1.5):
        """16-bit samples, as loud as they can be without being cut."""
        fading = int(seconds_of_fading * RATE)
        count = len(self.samples)
        for i in range(fading):
            self.samples[count - 1 - i] *= i / fading
        scale = 0.86 * 32767 / max(max(self.samples), -min(self.samples))
        return array("h", [int(scale * s) for s in self.samples])


def triad(root, minor=False):
    return (root, root + (3 if minor else 4), root + 7)


def morning_tide():
    """Calm: wide chords, and an arpeggio that comes in and goes out again."""
    piece = Piece(84, 36)
    chords = [triad(48), triad(45, True), triad(41), triad(43)] * 2 + [triad(48)]
    for bar, chord in enumerate(chords):
        at = 4 * bar
        piece.chord("pad", at, chord, 4.4)
        piece.play("bass", at, chord[0] - 12, 3.5, 0.34)
        if 0 < bar < 8:
            steps = [0, 1, 2, 3, 2, 1, 3, 2]
            keys = [*chord, chord[0] + 12]
            for i, step in enumerate(steps):
                piece.play("string", at + i / 2, keys[step] + 24, 1.5, 0.2)
    return piece


def night_train():
    """Driving: four on the floor, a bass between the beats."""
    piece = Piece(126, 56)
    roots = [40, 40, 36, 38]
    riff = [64, 67, 71, 67, 69, 67, 66, 62]
    for bar in range(14):
        at, root = 4 * bar, roots[bar % 4]
        for beat in range(4):
            piece.strike("kick", at + beat, 0.8)
            piece.strike("hat", at + beat + 0.5, 0.35)
            for half in (0.5, 0.75):
                piece.play("bass", at + beat + half, root, 0.25, 0.5)
        piece.strike("snare", at + 1, 0.4)
        piece.strike("snare", at + 3, 0.4)
        piece.chord("reed", at, triad(root + 24, bar % 4 < 2), 1.5, 0.07)
        if bar >= 4:
            for i, key in enumerate(riff):
                piece.play("square", at + i / 2, key + (12 if bar >= 10 else 0), 0.45, 0.16)
    return piece


def glass_garden():
    """Drifting: bells that wander over five notes, never twice the same way."""
    piece = Piece(66, 30)
    chance = random.Random(7)
    scale = [62, 64, 66, 69, 71, 74, 76, 78, 81, 83]
    place, beat = 4, 0.0
    while beat < 28:
        place = min(len(scale) - 1, max(0, place + chance.choice((-2, -1, -1, 1, 1, 2))))
        piece.play("bell", beat, scale[place] + 12, 2.5, chance.uniform(0.2, 0.4))
        beat += chance.choice((0.5, 0.5, 1, 1, 1.5))
    for bar, root in enumerate((50, 47, 43, 45, 50, 43, 50)):
        piece.chord("pad", 4 * bar, (root, root + 7, root + 14), 4.5, 0.13)
    return piece


def rio_abajo():
    """A guitar in six eighths, and a melody above it."""
    piece = Piece(108, 45)
    chords = [(45, True), (41, False), (48, False), (43, False), (45, True), (50, True), (40, False), (45, True)]
    melody = [(76, 2), (74, 1), (72, 3), (72, 1), (69, 2), (67, 2), (64, 1), (67, 2), (69, 1), (71, 3), (72, 1.5),
              (71, 1.5), (69, 3), (65, 2), (69, 1), (74, 3), (71, 1.5), (68, 1.5), (69, 3)]
    for bar in range(15):
        root, minor = chords[bar % 8]
        low, middle, high = triad(root, minor)
        for i, key in enumerate((low, middle + 12, high + 12, low + 24, high + 12, middle + 12)):
            piece.play("string", 3 * bar + i / 2, key, 2.2, 0.34 if i == 0 else 0.22)
        for i in range(6):
            piece.strike("shaker", 3 * bar + i / 2, 0.18 if i % 3 == 0 else 0.09)
    beat = 6.0
    for key, beats in melody:
        if beat + beats > 43:
            break
        piece.play("reed", beat, key, beats * 0.98, 0.2)
        beat += beats
    return piece


def winter_light():
    """Slow: an organ in a minor key, a voice that answers it."""
    piece = Piece(60, 28)
    chords = [triad(50, True), triad(46), triad(53), triad(48), triad(50, True), triad(55, True), triad(45)]
    for bar, chord in enumerate(chords):
        piece.chord("organ", 4 * bar, chord, 3.95, 0.15)
        piece.play("organ", 4 * bar, chord[0] - 12, 3.95, 0.2)
    melody = [69, 70, 69, 65, 67, 69, 72, 67, 69, 74, 72, 70, 69, 67, 64, 65, 62]
    beat = 4.0
    for i, key in enumerate(melody):
        beats = 2 if i % 4 == 3 else 1.25
        piece.play("reed", beat, key, beats, 0.17)
        beat += beats
    return piece


def arcade_sunset():
    """Quick: chords broken up so fast that they sound as one, as old machines did."""
    piece = Piece(140, 60)
    chords = [(57, True), (53, False), (48, False), (55, False)]
    tune = [81, 0, 79, 76, 0, 72, 74, 76, 77, 0, 76, 72, 0, 69, 72, 74]
    for bar in range(15):
        at = 4 * bar
        root, minor = chords[bar % 4]
        keys = [*triad(root, minor), root + 12]
        for i in range(16):
            piece.play("square", at + i / 4, keys[i % 4], 0.24, 0.12)
        for beat in range(4):
            piece.play("bass", at + beat, root - 24, 0.5, 0.45)
            piece.strike("hat", at + beat + 0.5, 0.3)
        for beat in (0, 2, 2.5):
            piece.strike("kick", at + beat, 0.6)
        for beat in (1, 3):
            piece.strike("snare", at + beat, 0.4)
        if bar >= 2:
            for i in range(8):
                if key := tune[(8 * bar + i) % 16]:
                    piece.play("square", at + i / 2, key, 0.45, 0.2)
    return piece


def mixed(first, second, amount):
    return bytes(round(a + (b - a) * amount) for a, b in zip(first, second, strict=True))


# How far a point of the unit square has gone from the first colour to the second.
PATTERNS = {
    "waves": lambda x, y: y * 0.6 + 0.2 + 0.2 * math.sin(9 * y + 2 * math.sin(5 * x)),
    "stripes": lambda x, y: float(int((x + y * 0.35) * 11) % 2) * 0.8 + 0.2 * y,
    "rings": lambda x, y: 0.5 + 0.5 * math.cos(34 * math.hypot(x - 0.62, y - 0.4)),
    "hills": lambda x, y: 0.5 * (y > 0.5 + 0.16 * math.sin(6 * x)) + 0.5 * (y > 0.72 + 0.1 * math.sin(9 * x + 2)),
    "snow": lambda x, y: max(0.0, 1 - y * 1.3) * (0.7 + 0.3 * math.cos(40 * x) * math.cos(40 * y)),
    "sun": lambda x, y: float(math.hypot(x - 0.5, y - 0.55) < 0.32 and (y < 0.55 or int(y * 26) % 2 == 0)),
}
COVER_SIZE = 240


def png(pattern, first, second):
    """A picture by the PNG specification: three chunks, rows without a filter."""
    colours = [mixed(first, second, i / 255) for i in range(256)]
    shade = PATTERNS[pattern]
    rows = bytearray()
    for row in range(COVER_SIZE):
        rows.append(0)
        for column in range(COVER_SIZE):
            rows += colours[min(255, max(0, int(255 * shade(column / COVER_SIZE, row / COVER_SIZE))))]

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", COVER_SIZE, COVER_SIZE, 8, 2, 0, 0, 0)
    pixels = zlib.compress(bytes(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def id3(title, number, cover):
    """An ID3v2.4 tag: its numbers have seven bits a byte."""

    def size(number_of_bytes):
        return bytes((number_of_bytes >> shift) & 0x7F for shift in (21, 14, 7, 0))

    def frame(name, data):
        return name + size(len(data)) + b"\0\0" + data

    def text(name, value):
        return frame(name, b"\x03" + value.encode())

    frames = text(b"TIT2", title) + text(b"TPE1", ARTIST) + text(b"TALB", ALBUM) + text(b"TRCK", str(number))
    frames += frame(b"APIC", b"\x03image/png\0\x03\0" + cover)
    return b"ID3\x04\0\0" + size(len(frames)) + frames


def wav(samples, title, number, cover):
    def chunk(kind, data):
        return kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)

    def info(kind, value):
        return chunk(kind, value.encode() + b"\0")

    if sys.byteorder == "big":
        samples.byteswap()
    names = b"INFO" + info(b"INAM", title) + info(b"IART", ARTIST) + info(b"IPRD", ALBUM)
    body = chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, RATE, 2 * RATE, 2, 16)) + chunk(b"data", samples.tobytes())
    body += chunk(b"LIST", names) + chunk(b"id3 ", id3(title, number, cover))
    return b"RIFF" + struct.pack("<I", 4 + len(body)) + b"WAVE" + body


TRACKS = [
    ("morning_tide", "Morning Tide", morning_tide, "waves", (244, 211, 167), (38, 98, 132)),
    ("night_train", "Night Train", night_train, "stripes", (20, 18, 38), (214, 66, 84)),
    ("glass_garden", "Glass Garden", glass_garden, "rings", (222, 244, 236), (46, 138, 126)),
    ("rio_abajo", "Río Abajo", rio_abajo, "hills", (250, 206, 120), (96, 62, 40)),
    ("winter_light", "Зимний свет", winter_light, "snow", (24, 36, 68), (226, 236, 250)),
    ("arcade_sunset", "Arcade Sunset", arcade_sunset, "sun", (52, 16, 92), (255, 138, 76)),
]


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, title, compose, pattern, first, second) in enumerate(TRACKS, start=1):
        cover = png(pattern, first, second)
        (folder / f"{number:02}_{name}.wav").write_bytes(wav(compose().finished(), title, number, cover))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
