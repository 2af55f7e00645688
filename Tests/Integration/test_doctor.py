"""A mistake in the configuration is named by its key before anything starts."""

from __future__ import annotations

import secrets
import socket
import subprocess
import unittest
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from harness.case import ServerCase
from harness.cluster import Cluster
from harness.redis import Redis
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

    @only_on("sqlite", "it is about the file")
    def test_what_keeps_sqlite_from_its_file_is_said_with_its_name_and_reason(self) -> None:
        folder = self.installation.folder
        (folder / "obstacle").write_text("not a folder")
        (folder / "folder.db").mkdir()
        for path, reason in (
            ("/proc/nope/x.db", "No such file or directory"),
            (f"{folder}/obstacle/x.db", "Not a directory"),
            (f"{folder}/folder.db", "Is a directory"),
        ):
            for command in ("serve", "migrate", "doctor"):
                with self.subTest(path=path, command=command):
                    answer = self.installation.run(command, settings={"ALMANAC_DATABASE_URL": f"sqlite://{path}"})
                    self.assertEqual(answer.returncode, 1)
                    text = answer.stdout + answer.stderr
                    self.assertIn(reason, text)
                    if command != "doctor":
                        self.assertIn("SQLITE_CANTOPEN", text)

    @only_on("sqlite", "it is about the file")
    def test_a_folder_that_takes_no_file_is_said_to_be_so(self) -> None:
        folder = self.installation.folder / "fixed"
        folder.mkdir()
        if subprocess.run(["chattr", "+i", folder], capture_output=True).returncode:
            self.skipTest("this file system has no such flag")
        try:
            for command in ("serve", "migrate", "doctor"):
                answer = self.installation.run(command, settings={"ALMANAC_DATABASE_URL": f"sqlite://{folder}/x.db"})
                self.assertEqual(answer.returncode, 1)
                self.assertIn("Operation not permitted", answer.stdout + answer.stderr)
                if command != "doctor":
                    self.assertIn("SQLITE_CANTOPEN", answer.stderr)
        finally:
            subprocess.run(["chattr", "-i", folder], check=True)

    @only_on("sqlite", "it is about the key beside the file")
    def test_a_key_file_that_is_none_is_a_problem_before_there_is_a_database(self) -> None:
        path = self.installation.folder / "almanac.db.key"
        for make in (lambda: path.write_text("not a key\n"), lambda: (path.unlink(), path.mkdir())):
            make()
            for made in self.installation.folder.glob("almanac.db*"):
                if made != path:
                    made.unlink()
            # Asked first: serving makes the database before it reads the key.
            doctor, serve = self.doctor(), self.installation.run("serve")
            self.assertEqual((serve.returncode, doctor.returncode), (EX_CONFIG, 1))
            self.assertRegex(doctor.stdout, r"(?m)^problem\s+encryption key: .*almanac\.db\.key")

    def test_a_variable_that_means_nothing_is_named(self) -> None:
        for name in ("ALMANAC_FOO", "ALMANAC_BINARIES", "ALMANAC_HTP_PORT"):
            for command in ("doctor", "serve"):
                answer = self.installation.run(command, settings={name: "x"})
                self.assertEqual(answer.returncode, EX_CONFIG, name)
                self.assertIn(f"{name} is not a known setting", answer.stderr)

    def test_a_file_that_is_no_text_is_named_with_its_line(self) -> None:
        (self.installation.folder / "almanac.yaml").write_bytes("log:\n  level: info\n# caf\u00e9\n".encode("latin-1"))
        self.assertIn("almanac.yaml:3: is not UTF-8 text", self.doctor("--config", "almanac.yaml").stderr)
        (self.installation.folder / "folder.yaml").mkdir()
        self.assertIn("folder.yaml: cannot be read: Is a directory", self.doctor("--config", "folder.yaml").stderr)
        self.write("log:\n  level: info\nhttp:\n  port: 1\n  host: a\n  port: 2\n")
        self.assertIn("almanac.yaml:6: port stands there more than once", self.doctor("--config", "almanac.yaml").stderr)

    @only_on("postgres", "one server alone has no other listener")
    def test_the_internal_listener_is_named(self) -> None:
        with closing(Redis()) as redis, socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            settings = {"ALMANAC_REDIS_URL": redis.url, "ALMANAC_INTERNAL_HOST": "127.0.0.1", "ALMANAC_INTERNAL_PORT": port}
            serve, doctor = self.installation.run("serve", settings=settings), self.doctor(**settings)
        self.assertEqual((serve.returncode, doctor.returncode), (1, 1))
        self.assertIn(f"cannot listen on 127.0.0.1:{port} (internal.host, internal.port): Address already in use", serve.stderr)
        self.assertNotIn("address=http", serve.stderr)
        self.assertRegex(doctor.stdout, r"(?m)^problem\s+internal\.port: .*taken by another program")

    @only_on("postgres", "it is about the server")
    def test_a_new_database_is_tried_as_serve_would(self) -> None:
        """Whatever keeps `migrate` from its schema is found; what is there is as before."""
        with closing(Cluster()) as cluster, psycopg.connect(cluster.url, autocommit=True) as owner:
            for role in ("maker", "bystander"):
                owner.execute(f"CREATE ROLE {role} LOGIN {'CREATEROLE' if role == 'maker' else ''}".encode())
            owner.execute(b"CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
            for role in ("maker", "bystander"):
                owner.execute(f"CREATE DATABASE of_{role} OWNER {role}".encode())
            url = urlsplit(cluster.url)
            at = url.netloc.rpartition("@")[2]

            def both(role: str, database: str) -> tuple[Any, Any]:
                changed = url._replace(netloc=f"{role}@{at}", path=f"/{database}")
                settings = {"ALMANAC_DATABASE_URL": urlunsplit(changed)}
                doctor = self.installation.run("doctor", settings=settings)
                return doctor, self.installation.run("migrate", settings=settings)

            owner_name = url.netloc.rpartition("@")[0]
            for role, database, words in (
                ("bystander", "of_bystander", "42501"),
                ("bystander", "of_maker", "42501 permission denied for schema public"),
                (owner_name, "latin", "22P05"),
            ):
                doctor, migrate = both(role, database)
                self.assertEqual((doctor.returncode, migrate.returncode), (1, 1), (role, database))
                self.assertIn(words, migrate.stderr)
                self.assertIn(words, doctor.stdout)
                self.assertEqual(doctor.stdout.count("problem "), 1, doctor.stdout)
            doctor, migrate = both("maker", "of_maker")
            self.assertEqual((doctor.returncode, migrate.returncode), (0, 0), doctor.stdout + migrate.stderr)
            self.assertIn("PostgreSQL answers, and takes the schema", doctor.stdout)
            self.assertIn("applied 1 ", migrate.stdout, "doctor has left nothing")

    @only_on("postgres", "it is about the server")
    def test_an_address_that_cannot_be_read_is_explained(self) -> None:
        for url, words in (
            ("postgres://ada:hunter77@localhost/x?foo=bar", 'invalid URI query parameter: "foo"'),
            ("postgres://ada:hun%zzter77@localhost/x", "invalid percent-encoded token"),
            ("postgres://ada:hunter77@[::1/x", "end of string reached when looking for matching"),
        ):
            for command in ("doctor", "serve", "migrate"):
                answer = self.installation.run(command, settings={"ALMANAC_DATABASE_URL": url})
                text = answer.stdout + answer.stderr
                self.assertEqual(answer.returncode, 1)
                self.assertIn(words, text)
                self.assertNotIn("ter77", text)

    @only_on("postgres", "it is about the server")
    def test_one_reason_is_one_problem(self) -> None:
        url = urlsplit(self.installation.database.environment["ALMANAC_DATABASE_URL"])
        answer = self.doctor(ALMANAC_DATABASE_URL=urlunsplit(url._replace(path="/no_such_database")))
        self.assertEqual(answer.stdout.count("problem "), 1, answer.stdout)

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
