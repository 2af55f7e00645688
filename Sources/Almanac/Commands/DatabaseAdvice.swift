/// How to mend PostgreSQL's errors that are common in a new installation.
enum DatabaseAdvice {
    /// The key is part of the error's text: a code of Appendix A of PostgreSQL's manual, or words of the system.
    private static let known = [
        ("28P01", "the password in database.url is not this role's"),
        ("28000", "make the role (CREATE ROLE … LOGIN) or let it in (pg_hba.conf)"),
        ("3D000", "make the database: CREATE DATABASE almanac OWNER almanac"),
        ("42501", "the login in database.url lacks this right: see \"PostgreSQL\" in docs/operations.md"),
        ("22P05", "make the database with UTF-8: CREATE DATABASE almanac ENCODING 'UTF8' TEMPLATE template0"),
        ("42704", "make what is missing: see \"PostgreSQL\" in docs/operations.md"),
        ("58P01", "install PostgreSQL's contrib modules (Debian: postgresql-contrib) on the server"),
        ("0A000 extension", "install PostgreSQL's contrib modules (Debian: postgresql-contrib) on the server"),
        ("53300", "the server has no connection left: raise max_connections, or stop what holds them"),
        ("57P03", "the server is starting or stopping: wait and try again"),
        ("25006", "this is a standby: name the primary in database.url"),
        ("could not translate host name", "the host in database.url has no address: look at its name and at the DNS"),
        ("Connection refused", "nothing listens there: start the server, or change host and port in database.url"),
        ("No such file or directory", "no server has its socket there: start it, or change the host in database.url"),
        ("timeout", "nothing answers there: look at the host in database.url and at the network"),
    ]

    /// Nil if the error needs no advice.
    static func mending(_ words: String) -> String? { known.first { words.contains($0.0) }?.1 }
}
