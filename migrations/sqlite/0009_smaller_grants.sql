-- SQLite has no users. PostgreSQL has what the server's role may do under this number.
SELECT 1;
