"""RFC 6455 as the live feed's endpoint keeps it: the cases of the Autobahn suite by their numbers.

The suite wants a server that echoes; here a text that has to be answered is an op padded with spaces, and what must
be left alone is proven by the answer to the next one. Fragments, lengths, reserved bits, UTF-8 and closing are as there.
"""

from __future__ import annotations

import unittest
from collections.abc import Sequence

from harness.feed import PATH
from harness.feed_case import FeedCase
from harness.store import on_one_store
from harness.utf8 import KOSME, sequences
from harness.websocket import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, FrameSocket, close

PONG_TEXT = Frame(TEXT, b'{"op":"pong"}')
# Payload sizes of the suite's first chapter from where the header's length fields change.
SIZES = {2: 125, 3: 126, 4: 127, 5: 128, 6: 65_535, 7: 65_536}
# Larger than any message that a client has reason to send.
TOO_LARGE = 1 << 20


def text(size: int = 13) -> bytes:
    """A message that has to be answered by a pong."""
    return b'{"op":"ping"}'.ljust(size)


def fragments(payload: bytes, *sizes: int, opcode: int = TEXT) -> list[Frame]:
    """A message in parts of these sizes and what remains."""
    frames: list[Frame] = []
    for size in sizes:
        frames.append(Frame(opcode, payload[:size], is_final=False))
        payload, opcode = payload[size:], CONTINUATION
    return [*frames, Frame(opcode, payload)]


@on_one_store
class Protocol(FeedCase):
    async def asyncSetUp(self) -> None:
        await super().asyncSetUp()
        # A case is a conversation of its own; the server is the same for all.
        self.port, self.token = self.server.port, self.tenant.key

    def open(self) -> FrameSocket:
        return FrameSocket(self.port, PATH, self.token)

    def assert_answers(
        self, frames: Sequence[Frame], expected: Sequence[Frame], octets: int | None = None
    ) -> None:
        """These frames are answered so, and the connection is whole: it closes as it should."""
        with self.open() as socket:
            socket.send(*frames, octets=octets)
            for frame in expected:
                self.assertEqual(socket.read(), frame)
            self.assert_closes_well(socket)

    def assert_closes_well(self, socket: FrameSocket) -> None:
        socket.send(Frame(PING, b"still there?"))
        self.assertEqual(socket.read(), Frame(PONG, b"still there?"))
        socket.send(close(1000))
        self.assertEqual(socket.rest(), [close(1000)])

    def assert_fails(
        self,
        frames: Sequence[Frame],
        code: int | Sequence[int] = 1002,
        before: Sequence[Frame] = (),
        octets: int | None = None,
        is_masked: bool = True,
    ) -> None:
        """The server answers `before`, then closes with the code, and ends the connection."""
        codes = (code,) if isinstance(code, int) else code
        with self.open() as socket:
            socket.send(*frames, octets=octets, is_masked=is_masked)
            answers = socket.rest()
            self.assertEqual(answers[:-1], list(before))
            self.assertEqual(answers[-1:] and answers[-1].opcode, CLOSE, answers)
            self.assertIn(answers[-1].code, codes)

    def test_1_1_texts_of_all_sizes(self) -> None:
        for number, size in SIZES.items():
            for octets in (None, 997):
                with self.subTest(case=f"1.1.{number}", octets=octets):
                    if size <= self.largest:
                        self.assert_answers([Frame(TEXT, text(size))], [PONG_TEXT], octets)
                    else:
                        self.assert_fails([Frame(TEXT, text(size))], 1009, octets=octets)

    @property
    def largest(self) -> int:
        """The largest message that is taken, as the endpoint says by taking it."""
        if not hasattr(self, "_largest"):
            low, high = 125, TOO_LARGE
            while high - low > 1:
                middle = (low + high) // 2
                with self.open() as socket:
                    socket.send(Frame(TEXT, text(middle)))
                    taken = socket.read() == PONG_TEXT
                low, high = (middle, high) if taken else (low, middle)
            self._largest = low
        return self._largest

    def test_1_1_1_an_empty_text_is_no_message_but_no_failure(self) -> None:
        with self.open() as socket:
            socket.send(Frame(TEXT))
            answer = socket.read()
            assert answer is not None
            self.assertEqual(answer.opcode, TEXT)
            self.assertIn(b'"op":"error"', answer.payload)
            self.assert_closes_well(socket)

    def test_1_2_binaries_are_not_taken(self) -> None:
        for size in (0, *SIZES.values()):
            if size <= self.largest:
                with self.subTest(size=size):
                    self.assert_fails([Frame(BINARY, b"\xfe" * size)], 1003)
        with self.subTest("in fragments"):
            self.assert_fails(fragments(b"\xfe" * 20, 10, opcode=BINARY), 1003)

    def test_a_message_that_is_too_large_is_refused_before_it_is_there(self) -> None:
        self.assertGreaterEqual(self.largest, 1_000)
        whole = Frame(TEXT, text(TOO_LARGE))
        in_parts = fragments(text(TOO_LARGE), *[4_096] * (TOO_LARGE // 4_096 - 1))
        for frames in ([whole], in_parts):
            with self.subTest(frames=len(frames)):
                self.assert_fails(frames, 1009)
        with self.subTest("only the head is sent"), self.open() as socket:
            # 2^62 octets are announced.
            socket.send_raw(b"\x81\xff" + (1 << 62).to_bytes(8, "big") + b"\0\0\0\0")
            self.assertEqual([frame.code for frame in socket.rest()], [1009])
        with self.subTest("a length with its highest bit set"), self.open() as socket:
            socket.send_raw(b"\x81\xff" + b"\xff" * 8 + b"\0\0\0\0")
            (frame,) = socket.rest()
            self.assertIn(frame.code, (1002, 1009))

    def test_2_pings(self) -> None:
        ten = [Frame(PING, b"payload-%d" % number) for number in range(10)]
        cases: dict[str, tuple[list[Frame], list[Frame], int | None]] = {
            "2.1": ([Frame(PING)], [Frame(PONG)], None),
            "2.2": ([Frame(PING, b"Hello, world!")], [Frame(PONG, b"Hello, world!")], None),
            "2.3": ([Frame(PING, b"\x00\xff\xfe\xfd\xfc")], [Frame(PONG, b"\x00\xff\xfe\xfd\xfc")], None),
            "2.4": ([Frame(PING, b"\xfe" * 125)], [Frame(PONG, b"\xfe" * 125)], None),
            "2.6": ([Frame(PING, b"\xfe" * 125)], [Frame(PONG, b"\xfe" * 125)], 1),
            "2.7": ([Frame(PONG)], [], None),
            "2.8": ([Frame(PONG, b"unasked")], [], None),
            "2.9": ([Frame(PONG, b"unasked"), Frame(PING, b"asked")], [Frame(PONG, b"asked")], None),
            "2.10": (ten, [frame._replace(opcode=PONG) for frame in ten], None),
            "2.11": (ten, [frame._replace(opcode=PONG) for frame in ten], 1),
        }
        for name, (frames, expected, octets) in cases.items():
            with self.subTest(case=name):
                self.assert_answers(frames, expected, octets)
        with self.subTest(case="2.5"):
            self.assert_fails([Frame(PING, b"\xfe" * 126)])

    def test_3_reserved_bits(self) -> None:
        good = Frame(TEXT, text())
        for octets in (None, 1):
            for reserved in range(1, 8):
                cases = {
                    "3.1": [good._replace(reserved=reserved)],
                    "3.5": [Frame(BINARY, b"\0\xff", reserved=reserved)],
                    "3.6": [Frame(PING, b"hello", reserved=reserved)],
                    "3.7": [close()._replace(reserved=reserved)],
                }
                for name, frames in cases.items():
                    with self.subTest(case=name, reserved=reserved, octets=octets):
                        self.assert_fails(frames, octets=octets)
                with self.subTest(case="3.2 to 3.4", reserved=reserved, octets=octets):
                    frames = [good, good._replace(reserved=reserved), Frame(PING)]
                    self.assert_fails(frames, before=[PONG_TEXT], octets=octets)

    def test_4_reserved_opcodes(self) -> None:
        for chapter, opcodes in (("4.1", range(3, 8)), ("4.2", range(11, 16))):
            for opcode in opcodes:
                for payload in (b"", b"reserved"):
                    with self.subTest(case=chapter, opcode=opcode, payload=payload):
                        self.assert_fails([Frame(opcode, payload)])
                        frames = [Frame(TEXT, text()), Frame(opcode, payload), Frame(PING)]
                        self.assert_fails(frames, before=[PONG_TEXT])
                        self.assert_fails(frames, before=[PONG_TEXT], octets=1)

    def test_5_fragments_that_are_right(self) -> None:
        two = fragments(text(20), 10)
        ping, pong = Frame(PING, b"between"), Frame(PONG, b"between")
        five = fragments(text(50), 10, 10, 10, 10)
        woven = [five[0], five[1], ping, five[2], five[3], ping, five[4]]
        cases: dict[str, tuple[list[Frame], list[Frame]]] = {
            "5.3 to 5.5": (two, [PONG_TEXT]),
            "5.6 to 5.8": ([two[0], ping, two[1]], [pong, PONG_TEXT]),
            "5.19, 5.20": (woven, [pong, pong, PONG_TEXT]),
            "6.1.2": (fragments(text(), 0, 0, 13), [PONG_TEXT]),
            "octets of their own": (fragments(text(60), *[1] * 59), [PONG_TEXT]),
            "empty parts": (fragments(text(), *[0] * 100), [PONG_TEXT]),
            "pongs between": ([two[0], Frame(PONG), Frame(PONG, b"x"), two[1]], [PONG_TEXT]),
        }
        for name, (frames, expected) in cases.items():
            for octets in (None, 7, 1):
                with self.subTest(case=name, octets=octets):
                    self.assert_answers(frames, expected, octets)

    def test_5_fragments_that_are_wrong(self) -> None:
        good, part = Frame(TEXT, text()), Frame(CONTINUATION, b"nothing to continue")
        two = fragments(text(20), 10)
        cases: dict[str, tuple[list[Frame], list[Frame]]] = {
            "5.1": ([Frame(PING, b"a", is_final=False), Frame(CONTINUATION, b"b")], []),
            "5.2": ([Frame(PONG, b"a", is_final=False), Frame(CONTINUATION, b"b")], []),
            "a close in parts": ([close()._replace(is_final=False), Frame(CONTINUATION, b"b")], []),
            "5.9 to 5.11": ([part, good], []),
            "5.12 to 5.14": ([part._replace(is_final=False), good], []),
            "5.15": ([*two, part._replace(is_final=False), good], [PONG_TEXT]),
            "5.16": ([part._replace(is_final=False), good] * 2, []),
            "5.17": ([part, good] * 2, []),
            "5.18": ([two[0], Frame(TEXT, b"another")], []),
            "a binary inside a text": ([two[0], Frame(BINARY, b"another")], []),
        }
        for name, (frames, before) in cases.items():
            for octets in (None, 1):
                with self.subTest(case=name, octets=octets):
                    self.assert_fails(frames, before=before, octets=octets)

    def test_6_utf8_in_one_message(self) -> None:
        """Valid text makes an op that is not known; anything else fails the connection."""
        checked = {True: 0, False: 0}
        for name, octets, is_valid in sequences():
            checked[is_valid] += 1
            message = b'{"op":"' + octets + b'"}'
            with self.subTest(case=name, octets=octets):
                if not is_valid:
                    self.assert_fails([Frame(TEXT, message)], 1007)
                    continue
                with self.open() as socket:
                    socket.send(Frame(TEXT, message))
                    answer = socket.read()
                    assert answer is not None
                    self.assertEqual(answer.opcode, TEXT)
                    self.assertIn(b'"op":"error"', answer.payload)
                    self.assert_closes_well(socket)
        self.assertEqual(checked, {True: 63, False: 68})

    def test_6_2_valid_utf8_in_fragments(self) -> None:
        for name, words in (("6.2.1", "Hello-µ@ßöäüàá-UTF-8!!".encode()), ("6.2.4", KOSME)):
            message = b'{"op":"' + words + b'"}'
            for sizes in ([len(message) // 2], [1] * (len(message) - 1), [8], [9], [10]):
                with self.subTest(case=name, parts=len(sizes) + 1), self.open() as socket:
                    socket.send(*fragments(message, *sizes))
                    answer = socket.read()
                    assert answer is not None
                    self.assertIn(b'"op":"error"', answer.payload)
                    self.assert_closes_well(socket)

    def test_6_3_invalid_utf8_in_fragments(self) -> None:
        for wrong in (b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xff"):
            message = b'{"op":"' + KOSME + wrong + b'edited"}'
            for sizes in ([], [len(message) // 2], [18], [19], [1] * (len(message) - 1)):
                with self.subTest(wrong=wrong, parts=len(sizes) + 1):
                    self.assert_fails(fragments(message, *sizes), 1007)
        for unfinished in (b"\xce", b"\xe1\xbd", b"\xf0\x9f\x92"):
            for sizes in ([], [7], [8]):
                with self.subTest(unfinished=unfinished, parts=len(sizes) + 1):
                    self.assert_fails(fragments(b'{"op":"' + unfinished, *sizes), 1007)

    def test_6_4_invalid_utf8_fails_at_once_or_at_the_end(self) -> None:
        """The suite's 6.4: strict servers close as soon as a part cannot be UTF-8 any more, all do at the last part."""
        parts = [b'{"op":"' + KOSME, b"\xf4\x90\x80\x80", b'edited"}']
        at_once = 0
        with self.open() as socket:
            socket.send(Frame(TEXT, parts[0], is_final=False))
            socket.send(Frame(CONTINUATION, parts[1], is_final=False))
            try:
                answer = socket.read(seconds=1)
                at_once = 1
            except TimeoutError:
                socket.send(Frame(CONTINUATION, parts[2]))
                answer = socket.read()
            assert answer is not None
            self.assertEqual((answer.opcode, answer.code), (CLOSE, 1007))
        print(f"\n  wrong UTF-8 in a fragment fails {'at once' if at_once else 'at the end'}", flush=True)

    def test_7_closing(self) -> None:
        end, good = close(1000), Frame(TEXT, text())
        with self.subTest(case="7.1.1"):
            self.assert_answers([good], [PONG_TEXT])
        # What follows a close frame is not read.
        two = fragments(text(20), 10)
        for name, frames, before in (
            ("7.1.2", [end, end], []),
            ("7.1.3", [end, Frame(PING)], []),
            ("7.1.4", [end, good], []),
            ("7.1.6", [Frame(TEXT, text(min(self.largest, 1 << 18))), end, Frame(PING)], [PONG_TEXT]),
        ):
            with self.subTest(case=name), self.open() as socket:
                socket.send(*frames)
                self.assertEqual(socket.rest(), [*before, end])
        with self.subTest(case="7.1.5"), self.open() as socket:
            socket.send(two[0], end, two[1])
            (answer,) = socket.rest()
            # The end comes inside a message: both are seen among servers.
            self.assertIn(answer.code, (1000, 1002))
        with self.subTest(case="7.3.1"), self.open() as socket:
            socket.send(close(None))
            (answer,) = socket.rest()
            self.assertEqual((answer.opcode, answer.payload[2:]), (CLOSE, b""))
            self.assertIn(answer.code, (None, 1000))
        with self.subTest(case="7.3.2"):
            self.assert_fails([Frame(CLOSE, b"a")])
        for name, reason in (("7.3.3", b""), ("7.3.4", b"Hello World!"), ("7.3.5", b"*" * 123)):
            with self.subTest(case=name), self.open() as socket:
                socket.send(close(1000, reason))
                self.assertEqual([frame.code for frame in socket.rest()], [1000])
        with self.subTest(case="7.3.6"):
            self.assert_fails([close(1000, b"*" * 124)])
        with self.subTest(case="7.5.1"):
            self.assert_fails([close(1000, KOSME + b"\xed\xa0\x80edited")], (1002, 1007))

    def test_7_7_codes_that_may_be_sent(self) -> None:
        for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999):
            with self.subTest(code=code), self.open() as socket:
                socket.send(close(code))
                self.assertEqual([(frame.opcode, frame.code) for frame in socket.rest()], [(CLOSE, code)])

    def test_7_9_codes_that_may_not(self) -> None:
        for code in (0, 1, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65_535):
            with self.subTest(code=code):
                self.assert_fails([close(code)])

    def test_frames_without_a_mask_are_refused(self) -> None:
        for frame in (Frame(TEXT, text()), Frame(PING, b"hello"), close(), Frame(TEXT)):
            with self.subTest(frame=frame):
                self.assert_fails([frame], is_masked=False)

    def test_lengths_in_more_octets_than_needed_are_refused_or_read_as_they_are(self) -> None:
        """RFC 6455 wants the shortest form of whoever sends; a server may take another."""
        long_ping = b"\x89\xfe\x00\x05\0\0\0\0hello"
        with self.open() as socket:
            socket.send_raw(long_ping)
            answer = socket.read()
            assert answer is not None
            self.assertTrue(answer == Frame(PONG, b"hello") or answer.code == 1002, answer)
        long_text = b"\x81\xff" + (13).to_bytes(8, "big") + b"\0\0\0\0" + text()
        with self.open() as socket:
            socket.send_raw(long_text)
            answer = socket.read()
            assert answer is not None
            self.assertTrue(answer == PONG_TEXT or answer.code == 1002, answer)

    def test_connections_that_break_off_leave_the_server_as_it_was(self) -> None:
        for data in (b"", b"\x81", b"\x81\xfe", b"\x81\xfe\x00", Frame(TEXT, text()).encoded()[:9]):
            for _ in range(5):
                socket = self.open()
                socket.send_raw(data)
                socket.abandon()
        self.assert_answers([Frame(TEXT, text())], [PONG_TEXT])


if __name__ == "__main__":
    unittest.main()
