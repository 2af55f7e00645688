"""A server process under test, clients that talk to it, and a reader of the database it leaves behind."""
