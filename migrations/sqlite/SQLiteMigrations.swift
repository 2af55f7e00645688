/// The migrations of the embedded database, compiled in so that the binary needs no files beside it.
public enum SQLiteMigrations {
    public struct Migration: Sendable {
        public let number: Int
        public let name: String
        public let sql: String
    }

    /// In order; each is applied once, in a transaction of its own.
    public static let all: [Migration] = [
        Migration(
            number: 1, name: "first_booking",
            sql: String(decoding: PackageResources._001_first_booking_sql, as: UTF8.self)
        ),
        Migration(
            number: 2, name: "deliveries",
            sql: String(decoding: PackageResources._002_deliveries_sql, as: UTF8.self)
        ),
        Migration(
            number: 3, name: "row_security",
            sql: String(decoding: PackageResources._003_row_security_sql, as: UTF8.self)
        ),
        Migration(
            number: 4, name: "nodes",
            sql: String(decoding: PackageResources._004_nodes_sql, as: UTF8.self)
        ),
        Migration(
            number: 5, name: "availability_layers",
            sql: String(decoding: PackageResources._005_availability_layers_sql, as: UTF8.self)
        ),
        Migration(
            number: 6, name: "members_shares",
            sql: String(decoding: PackageResources._006_members_shares_sql, as: UTF8.self)
        ),
        Migration(
            number: 7, name: "availability_slots",
            sql: String(decoding: PackageResources._007_availability_slots_sql, as: UTF8.self)
        ),
        Migration(
            number: 8, name: "encryption_key",
            sql: String(decoding: PackageResources._008_encryption_key_sql, as: UTF8.self)
        ),
        Migration(
            number: 9, name: "smaller_grants",
            sql: String(decoding: PackageResources._009_smaller_grants_sql, as: UTF8.self)
        ),
        Migration(
            number: 10, name: "contact_as_typed",
            sql: String(decoding: PackageResources._010_contact_as_typed_sql, as: UTF8.self)
        ),
        Migration(
            number: 11, name: "who_was_told",
            sql: String(decoding: PackageResources._011_who_was_told_sql, as: UTF8.self)
        ),
    ]
}
