"""What the demonstration's tracks must be: of the right length, loud enough to hear, each another, and readable."""

import io
import math
import sys
import unittest
import wave
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import make_demo_tracks as demo  # noqa: E402


class DemoTracks(unittest.TestCase):
    def test_pieces_are_heard_and_end(self):
        finished = [compose().finished() for _, _, compose, *_ in demo.TRACKS]
        for (name, *_), samples in zip(demo.TRACKS, finished, strict=True):
            with self.subTest(name):
                self.assertTrue(20 <= len(samples) / demo.RATE <= 40)
                self.assertTrue(20000 < max(abs(min(samples)), max(samples)) <= 32767)
                loudness = math.sqrt(sum(s * s for s in samples) / len(samples))
                self.assertGreater(loudness, 2000)
                self.assertLess(abs(samples[-1]), 50)
        self.assertEqual(len({samples.tobytes() for samples in finished}), len(finished))

    def test_the_same_notes_make_the_same_bytes(self):
        for sound in (demo.string, demo.bell):
            first = sound(60, 0.2)
            sound.cache_clear()
            self.assertEqual(first, sound(60, 0.2))

    def test_a_file_is_a_wav_with_tags_and_a_cover(self):
        cover = demo.png("rings", (0, 0, 0), (255, 255, 255))
        samples = demo.Piece(60, 1).samples
        samples[10] = 1.0
        piece = demo.Piece(60, 1)
        piece.samples = samples
        content = demo.wav(piece.finished(0.1), "Título", 1, cover)
        with wave.open(io.BytesIO(content)) as file:
            self.assertEqual((file.getnchannels(), file.getsampwidth(), file.getframerate()), (1, 2, demo.RATE))
        self.assertIn("Título".encode(), content)
        self.assertIn(cover, content)


if __name__ == "__main__":
    unittest.main()
