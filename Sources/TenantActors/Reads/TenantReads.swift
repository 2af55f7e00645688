public import AlmanacRuntime

/// What is read of tenants before it is known which, or of all of them.
public enum TenantReads {
    static let all = [key, organizations, holdsDue, clocksDue, zonesInUse, clocksInZone, shareLink]

    /// The API key in force of this hash: who asks is known by its answer.
    public static let key = NamedRead(
        "api_key", [.blob],
        sql: """
            SELECT k.id, k.organization_id, k.name, k.prefix, k.scopes, k.created_at, k.expires_at
            FROM api_keys k JOIN organizations o ON o.id = k.organization_id
            WHERE k.hash = $1 AND k.revoked_at IS NULL AND o.deleted_at IS NULL
            """
    )

    /// The operator's page of organizations, in order of id.
    public static let organizations = NamedRead(
        "organizations", [.id, .integer],
        sql: """
            SELECT id, name, slug, version, created_at, updated_at FROM organizations
            WHERE id > $1 AND deleted_at IS NULL ORDER BY id LIMIT $2
            """
    )

    /// The share of this secret's hash: whose calendar it is of is known by its answer.
    static let shareLink = NamedRead(
        "share_link", [.blob],
        sql: """
            SELECT organization_id, calendar_id, id FROM calendar_shares WHERE secret_hash = $1 AND deleted_at IS NULL
            """
    )

    /// Organizations and calendars that have a hold whose time is up: some of them, if there are many.
    public static let holdsDue = NamedRead(
        "holds_due", [.instant],
        sql: """
            SELECT DISTINCT organization_id, calendar_id FROM time_slots WHERE kind = 'hold' AND expires_at <= $1 LIMIT 256
            """
    )

    /// Calendars of which a day has ended that is not recorded, after the one at `$2`, `$3`: 256 of them at most.
    static let clocksDue = NamedRead(
        "clocks_due", [.instant, .instant, .id],
        sql: """
            SELECT organization_id, calendar_id, due_at FROM calendar_clocks
            WHERE (due_at, calendar_id) > ($2, $3) AND due_at <= $1 ORDER BY due_at, calendar_id LIMIT 256
            """
    )

    /// The names of zones that calendars are in, after `$1`: one look into the index for each.
    static let zonesInUse = NamedRead(
        "zones_in_use", [.text],
        sql: """
            WITH RECURSIVE zones (name) AS (
                SELECT (SELECT timezone FROM calendar_clocks WHERE timezone > $1 ORDER BY timezone LIMIT 1)
                UNION ALL
                SELECT (SELECT timezone FROM calendar_clocks WHERE timezone > name ORDER BY timezone LIMIT 1)
                FROM zones WHERE name IS NOT NULL
            )
            SELECT name FROM zones WHERE name IS NOT NULL
            """
    )

    /// Calendars of a zone that were told by another file, with a fingerprint after `$2`, `$3` and up to `$4`.
    static let clocksInZone = NamedRead(
        "clocks_in_zone", [.text, .integer, .id, .integer],
        sql: """
            SELECT organization_id, calendar_id, fingerprint FROM calendar_clocks
            WHERE timezone = $1 AND (fingerprint, calendar_id) > ($2, $3) AND fingerprint <= $4
            ORDER BY fingerprint, calendar_id LIMIT 256
            """
    )
}
