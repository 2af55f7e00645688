-- One process serves a SQLite file: there is nobody to share shards with. PostgreSQL has its tables of nodes and leases
-- under this number.
SELECT 1;
