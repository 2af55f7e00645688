"""A mistake in the configuration is named by its key before anything starts."""

from __future__ import annotations

import secrets
import socket
import subprocess
import unittest
from urllib.parse import urlsplit, urlunsplit

import psycopg

from harness.case import ServerCase
from harness.store import only_on

EX_CONFIG = 78
BAD_VALUES = {
    "http.port": "70000",
    "http.max_body_bytes": "1",
    "http.max_connections": "many",
    "database.url": "mysql://x",
    "jwt.secret": "short",
    "encryption.key": "bm90IDMyIGJ5dGVz",
    "public.url": "ftp://x",
    "log.level": "loud",
    "node.id": "a b",
    "actors.max": "0",
    "commit.max_batch": "0",
    "commit.max_queued": "-1",
}


def variable(key: str) -> str:
    return "ALMANAC_" + key.upper().replace(".", "_")


class Doctor(ServerCase):
    def test_a_sound_installation_has_no_problems(self) -> None:
        self.installation.run("migrate")
        answer = self.doctor()
        self.assertEqual((answer.returncode, answer.stderr), (0, ""))
        self.assertNotIn("problem", answer.stdout)
        for what in ("configuration", "schema", "database", "time zones", "operator.token"):
            self.assertRegex(answer.stdout, rf"(?m)^ok\s+{what}: ")

    @only_on("sqlite", "it is about the file")
    def test_a_database_that_is_not_there_yet_is_no_problem(self) -> None:
        self.assertIn("does not exist yet", self.doctor().stdout)

    @only_on("sqlite", "it is about the file")
    def test_a_served_database_is_said_to_be_served(self) -> None:
        self.installation.serve()
        answer = self.doctor()
        self.assertEqual(answer.returncode, 0)
        self.assertIn("being served", answer.stdout)

    @only_on("sqlite", "it is about the file")
    def test_a_damaged_database_is_a_problem(self) -> None:
        self.installation.run("migrate")
        path = self.installation.folder / "almanac.db"
        content = bytearray(path.read_bytes())
        content[8192:16384] = b"\xa5" * 8192
        path.write_bytes(content)
        answer = self.doctor()
        self.assertEqual(answer.returncode, 1)
        self.assertRegex(answer.stdout, r"(?m)^problem\s+database")

    @only_on("sqlite", "it is about the file")
    def test_a_file_that_is_no_database_is_a_problem_in_words(self) -> None:
        (self.installation.folder / "almanac.db").write_bytes(b"This is not a database. " * 200)
        answer = self.doctor()
        self.assertEqual(answer.returncode, 1)
        self.assertRegex(answer.stdout, r"(?m)^problem\s+database.*almanac\.db.*not a database")

    @only_on("sqlite", "it is about the file")
    def test_a_folder_that_cannot_be_written_is_a_problem(self) -> None:
        (self.installation.folder / "obstacle").write_text("not a folder")
        answer = self.doctor(ALMANAC_DATABASE_URL=f"sqlite://{self.installation.folder}/obstacle/almanac.db")
        self.assertEqual(answer.returncode, 1)
        self.assertRegex(answer.stdout, r"(?m)^problem\s+database")

    def test_every_bad_value_is_named_by_key_and_variable(self) -> None:
        for key, value in BAD_VALUES.items():
            with self.subTest(key=key):
                answer = self.doctor(**{variable(key): value})
                self.assertEqual(answer.returncode, EX_CONFIG)
                self.assertIn(f"{key} ({variable(key)})", answer.stderr)

    def test_all_bad_values_are_named_at_once_by_every_command(self) -> None:
        settings = {variable(key): value for key, value in BAD_VALUES.items()}
        organization = ["--organization", "01a203bd-a020-70bf-b6e6-e92e29387749"]
        for command in (["doctor"], ["serve"], ["migrate"], ["seed"], ["token", *organization]):
            answer = self.installation.run(*command, settings=settings)
            self.assertEqual(answer.returncode, EX_CONFIG, command)
            for key in BAD_VALUES:
                self.assertIn(key, answer.stderr, command)
        self.assertNotIn("short", answer.stderr, "values, which may be secrets, are not repeated")

    def test_a_file_is_read_and_the_environment_wins(self) -> None:
        self.write("jwt:\n  secret: too short\nlog:\n  level: warning\n")
        self.assertIn("jwt.secret", self.doctor("--config", "almanac.yaml").stderr)
        fixed = self.doctor("--config", "almanac.yaml", ALMANAC_JWT_SECRET="x" * 32)
        self.assertEqual(fixed.returncode, 0, fixed.stderr)
        self.assertRegex(fixed.stdout, r"(?m)^ok\s+jwt\.secret")

    def test_the_usual_file_is_read_if_it_is_there(self) -> None:
        (self.installation.folder / "config").mkdir()
        (self.installation.folder / "config" / "almanac.yaml").write_text("commit:\n  max_batch: nought\n")
        answer = self.doctor()
        self.assertEqual(answer.returncode, EX_CONFIG)
        self.assertIn("commit.max_batch", answer.stderr)

    def test_unknown_keys_are_named(self) -> None:
        self.write("http:\n  prot: 80\ncolour: red\nlog:\n  level: info\n")
        answer = self.doctor("--config", "almanac.yaml")
        self.assertEqual(answer.returncode, EX_CONFIG)
        for key in ("http.prot", "colour"):
            self.assertRegex(answer.stderr, rf"{key}\b.*not a known key")
        self.assertNotIn("log.level", answer.stderr)

    def test_what_is_not_yaml_is_said(self) -> None:
        for text in ("http: [1\n", "http:\n\t- port", "- a\n- b\n", "http: 5\n", "\x00\x01"):
            with self.subTest(text=text):
                self.write(text)
                answer = self.doctor("--config", "almanac.yaml")
                self.assertEqual(answer.returncode, EX_CONFIG)
                self.assertIn("almanac.yaml", answer.stderr)

    def test_a_file_that_is_named_must_be_there(self) -> None:
        answer = self.doctor("--config", "nowhere.yaml")
        self.assertEqual(answer.returncode, EX_CONFIG)
        self.assertIn("nowhere.yaml", answer.stderr)

    def test_a_mistake_in_the_file_is_named_with_its_line(self) -> None:
        for text, words in (
            ("http:\n  port: 80\n  prot: 8\n", "almanac.yaml:3: http.prot is not a known key; the nearest is http.port"),
            ("http: [1\n", "almanac.yaml:2: is not YAML"),
            ("\nlog:\n  level: loud\n", "almanac.yaml:3: log.level (ALMANAC_LOG_LEVEL): must be one of"),
        ):
            with self.subTest(text=text):
                self.write(text)
                answer = self.doctor("--config", "almanac.yaml")
                self.assertEqual(answer.returncode, EX_CONFIG)
                self.assertIn(words, answer.stderr)

    def test_a_port_that_cannot_be_had_is_a_problem(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            answer = self.doctor(ALMANAC_HTTP_PORT=str(taken.getsockname()[1]))
        self.assertEqual(answer.returncode, 1)
        self.assertRegex(answer.stdout, r"(?m)^problem\s+http\.port: .*taken by another program")

    def test_the_port_of_a_server_that_runs_is_no_problem(self) -> None:
        server = self.installation.serve()
        answer = self.doctor(ALMANAC_HTTP_PORT=str(server.port))
        self.assertEqual(answer.returncode, 0, answer.stdout)
        self.assertRegex(answer.stdout, r"(?m)^note\s+http\.port .*server of almanac")

    def test_a_host_that_is_not_of_this_machine_is_a_problem(self) -> None:
        for host, words in (("192.0.2.1", "no address of this machine"), ("nowhere.invalid", "has no address")):
            with self.subTest(host=host):
                answer = self.doctor(ALMANAC_HTTP_HOST=host, ALMANAC_NODE_ID="n1")
                self.assertEqual(answer.returncode, 1)
                self.assertRegex(answer.stdout, rf"(?m)^problem\s+http\.host: .*{words}")

    @only_on("sqlite", "it is about the file")
    def test_a_folder_that_cannot_be_made_is_a_problem(self) -> None:
        (self.installation.folder / "obstacle").write_text("not a folder")
        answer = self.doctor(ALMANAC_DATABASE_URL=f"sqlite://{self.installation.folder}/obstacle/deep/er/almanac.db")
        self.assertEqual(answer.returncode, 1)
        self.assertRegex(answer.stdout, r"(?m)^problem\s+database: .*/obstacle is not a folder")

    @only_on("sqlite", "it is about the file")
    def test_sqlites_errors_have_names_and_paths(self) -> None:
        self.installation.run("migrate")
        path = self.installation.folder / "almanac.db"
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        # A folder where SQLite wants its log.
        path.with_name(path.name + "-wal").mkdir()
        for command in ("doctor", "serve", "migrate"):
            with self.subTest(command=command):
                answer = self.installation.run(command)
                self.assertEqual(answer.returncode, 1)
                text = answer.stdout + answer.stderr
                self.assertIn("SQLITE_CANTOPEN", text)
                self.assertIn(str(path), text)

    @only_on("postgres", "it is about the server")
    def test_what_postgresql_says_is_passed_on(self) -> None:
        url = urlsplit(self.installation.database.environment["ALMANAC_DATABASE_URL"])
        host = url.netloc.rpartition("@")[2]
        for changed, words in (
            (url._replace(netloc=f"nobody_here@{host}"), ('28000', 'role "nobody_here" does not exist', "CREATE ROLE")),
            (url._replace(path="/no_such_database"), ("3D000", 'database "no_such_database" does not exist', "CREATE DATABASE")),
            (url._replace(netloc="almanac@127.0.0.1:1"), ("Connection refused", "nothing listens there")),
            (url._replace(netloc="almanac@nowhere.invalid"), ("could not translate host name", "the DNS")),
        ):
            for command in ("doctor", "serve", "migrate"):
                with self.subTest(words=words, command=command):
                    settings = {"ALMANAC_DATABASE_URL": urlunsplit(changed)}
                    answer = self.installation.run(command, settings=settings)
                    self.assertEqual(answer.returncode, 1)
                    for word in words:
                        self.assertIn(word, answer.stdout + answer.stderr)

    @only_on("postgres", "it is about the server")
    def test_a_right_that_is_missing_is_named(self) -> None:
        role = "almanac_test_" + secrets.token_hex(6)
        with psycopg.connect(self.installation.database.environment["ALMANAC_DATABASE_URL"], autocommit=True) as owner:
            owner.execute(f"CREATE ROLE {role} LOGIN".encode())
            try:
                url = urlsplit(self.installation.database.environment["ALMANAC_DATABASE_URL"])
                url = url._replace(netloc=f"{role}@{url.netloc.rpartition('@')[2]}")
                for command in ("serve", "migrate"):
                    answer = self.installation.run(command, settings={"ALMANAC_DATABASE_URL": urlunsplit(url)})
                    self.assertEqual(answer.returncode, 1)
                    self.assertIn("42501 permission denied for schema public", answer.stderr)
                    self.assertIn("docs/operations.md", answer.stderr)
                self.installation.run("migrate")
                answer = self.installation.run("doctor", settings={"ALMANAC_DATABASE_URL": urlunsplit(url)})
                self.assertEqual(answer.returncode, 1)
                self.assertIn("42501 permission denied for table schema_migrations", answer.stdout)
            finally:
                owner.execute(f"DROP ROLE {role}".encode())

    def write(self, text: str) -> None:
        (self.installation.folder / "almanac.yaml").write_text(text)

    def doctor(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        return self.installation.run("doctor", *arguments, settings=settings)


if __name__ == "__main__":
    unittest.main()
