import SQL
import AlmanacRuntime
import Scheduling

/// Rows of organizations and their credentials.
enum OrganizationWrites {
    static let insert = WriteKind(
        "organization.insert", phase: .contacts,
        columns: [.init("id", .id), .init("name", .text), .init("slug", .text), .init("created_at", .instant)],
        sql: """
            INSERT INTO organizations (id, name, slug, version, created_at, updated_at) VALUES ($1, $2, $3, 1, $4, $4)
            """
    )

    static let update = WriteKind(
        "organization.update", phase: .records,
        columns: [
            .init("id", .id), .init("expected_version", .integer), .init("name", .text), .init("slug", .text),
            .init("updated_at", .instant), .init("deleted_at", .instant),
        ],
        sql: """
            UPDATE organizations SET name = $3, slug = $4, updated_at = $5, deleted_at = $6, version = version + 1
            WHERE id = $1 AND version = $2 AND (deleted_at IS NULL) IS TRUE
            """
    )

    static let insertKey = WriteKind(
        "api_key.insert", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("name", .text), .init("prefix", .text),
            .init("hash", .blob), .init("scopes", .json), .init("created_at", .instant),
            .init("expires_at", .instant),
        ],
        sql: """
            INSERT INTO api_keys (id, organization_id, name, prefix, hash, scopes, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            """
    )

    /// Revokes a key. Stale if there is no such key, or if nobody could create another one afterwards: the key has
    /// `admin`, and no other key in force has it. The organization's actor revokes one key at a time, so each
    /// revocation sees the outcome of the one before.
    static let revokeKey = WriteKind(
        "api_key.revoke", phase: .records,
        columns: [.init("id", .id), .init("organization_id", .id), .init("revoked_at", .instant)],
        sql: """
            UPDATE api_keys SET revoked_at = $3
            WHERE id = $1 AND (organization_id = $2) IS TRUE AND revoked_at IS NULL AND (
                CAST(scopes AS text) NOT LIKE '%"admin"%' OR expires_at <= $3 OR EXISTS (
                    SELECT 1 FROM api_keys o
                    WHERE o.organization_id = $2 AND o.id <> $1 AND o.revoked_at IS NULL
                        AND (o.expires_at IS NULL OR o.expires_at > $3) AND CAST(o.scopes AS text) LIKE '%"admin"%'
                )
            )
            """
    )
}
