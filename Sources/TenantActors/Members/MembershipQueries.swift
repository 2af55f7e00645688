import SQL
public import AlmanacRuntime
public import Scheduling

/// Reads of members and teams, straight from the record.
public struct MembershipQueries: Sendable {
    private let database: any Database

    public init(_ database: any Database) { self.database = database }

    // MARK: Members

    /// An organization's member; nil if it has none with this id, or the member was deleted.
    public func member(_ id: ID, _ organization: ID) async throws(CommandError) -> Member? {
        try await members(
            "SELECT \(Member.table.columns) FROM members WHERE id = $2 AND (organization_id = $1 AND deleted_at IS NULL) IS TRUE",
            [.id(organization), .id(id)], organization
        ).first
    }

    /// The member with this subject or id. A matching subject comes first.
    func member(named name: String, _ organization: ID) async throws(CommandError) -> Member? {
        let found = try await members(
            """
            SELECT \(Member.table.columns) FROM members
            WHERE subject = $2 AND (organization_id = $1 AND deleted_at IS NULL) IS TRUE
            UNION ALL
            SELECT \(Member.table.columns) FROM members WHERE id = $3 AND (organization_id = $1 AND deleted_at IS NULL) IS TRUE
            """,
            [.id(organization), .text(name), .id(ID(name) ?? ID(high: 0, low: 0))], organization
        )
        return found.first { $0.subject.exact == name.exact } ?? found.first
    }

    /// A page in order of id, after `cursor`.
    public func members(
        _ organization: ID, after cursor: ID?, limit: Int
    ) async throws(CommandError) -> [Member] {
        try await members(
            """
            SELECT \(Member.table.columns) FROM members
            WHERE (organization_id, id) > ($1, $2) AND organization_id <= $1 AND deleted_at IS NULL
            ORDER BY organization_id, id LIMIT $3
            """,
            [.id(organization), .id(cursor ?? ID(high: 0, low: 0)), .int(limit)], organization
        )
    }

    private func members(
        _ sql: String, _ arguments: [SQLValue], _ organization: ID
    ) async throws(CommandError) -> [Member] {
        do {
            return try await database.query(sql, arguments, for: organization)
                .map { row throws(StoreError) in try Member.table.record(row) }
        } catch {
            throw .unavailable(error)
        }
    }

    /// Which of these ids belong to members of the organization.
    func known(_ ids: [ID], _ organization: ID) async throws(CommandError) -> Set<ID> {
        var known: Set<ID> = []
        var rest = ids[...]
        // Always the same number of ids, so that there are few statements. It is small, because with a large one
        // PostgreSQL may choose to read all rows.
        let width = 8
        let places = (2...(width + 1)).map { "$\($0)" }.joined(separator: ", ")
        while let last = rest.last {
            let part = rest.prefix(width)
            rest = rest.dropFirst(width)
            let padded = Array(part) + Array(repeating: last, count: width - part.count)
            let found = try await members(
                """
                SELECT \(Member.table.columns) FROM members
                WHERE id IN (\(places)) AND (organization_id = $1 AND deleted_at IS NULL) IS TRUE
                """,
                [.id(organization)] + padded.map { .id($0) }, organization
            )
            known.formUnion(found.map(\.id))
        }
        return known
    }

    // MARK: Teams

    /// An organization's team with its members; nil if it has none with this id, or the team was deleted.
    public func team(_ id: ID, _ organization: ID) async throws(CommandError) -> Team? {
        try await teams(
            "SELECT \(Team.table.columns) FROM teams WHERE id = $2 AND (organization_id = $1 AND deleted_at IS NULL) IS TRUE",
            [.id(organization), .id(id)], organization
        ).first
    }

    /// A page in order of id, after `cursor`. Members are read for eight teams at a time.
    public func teams(_ organization: ID, after cursor: ID?, limit: Int) async throws(CommandError) -> [Team] {
        try await teams(
            """
            SELECT \(Team.table.columns) FROM teams
            WHERE (organization_id, id) > ($1, $2) AND organization_id <= $1 AND (deleted_at IS NULL) IS TRUE
            ORDER BY organization_id, id LIMIT $3
            """,
            [.id(organization), .id(cursor ?? ID(high: 0, low: 0)), .int(limit)], organization
        )
    }

    private func teams(
        _ sql: String, _ arguments: [SQLValue], _ organization: ID
    ) async throws(CommandError) -> [Team] {
        do {
            let rows = try await database.query(sql, arguments, for: organization)
            var rest = try rows.map { row throws(StoreError) in try row.id(0) }[...]
            var members: [ID: [ID]] = [:]
            let width = 8
            let places = (2...(width + 1)).map { "$\($0)" }.joined(separator: ", ")
            while let last = rest.last {
                let part = rest.prefix(width)
                rest = rest.dropFirst(width)
                let padded = Array(part) + Array(repeating: last, count: width - part.count)
                // Each member is looked up separately, and sorted here. With a join or an ORDER BY, the database could
                // begin with all members.
                let found = try await database.query(
                    """
                    SELECT t.team_id, t.member_id FROM team_members t
                    WHERE t.team_id IN (\(places)) AND (t.organization_id = $1) IS TRUE
                        AND (SELECT m.deleted_at IS NULL FROM members m WHERE m.id = t.member_id)
                    """, [.id(organization)] + padded.map { .id($0) }, for: organization
                )
                for row in found { members[try row.id(0), default: []].append(try row.id(1)) }
            }
            return try rows.map { row throws(StoreError) in
                var team = try Team.table.record(row)
                team.memberIDs = members[team.id] ?? []
                team.complete()
                return team
            }
        } catch {
            throw .unavailable(error)
        }
    }

    // MARK: Viewers

    /// The viewer that a token's subject stands for in the organization.
    func viewer(_ subject: String, _ organization: ID) async throws(StoreError) -> Viewer {
        let rows = try await database.query(
            """
            SELECT id, subject, is_active, deleted_at FROM members WHERE subject = $2 AND (organization_id = $1) IS TRUE
            UNION ALL
            SELECT id, subject, is_active, deleted_at FROM members WHERE id = $3 AND (organization_id = $1) IS TRUE
            """,
            [.id(organization), .text(subject), .id(ID(subject) ?? ID(high: 0, low: 0))], for: organization
        )
        if rows.isEmpty { return Viewer(subject: subject, standing: .unregistered) }
        // A deleted member's subject may have been used again. Then the living member counts, first by its subject.
        let living = try rows.filter { $0.isNull(3) }.map { row throws(StoreError) in
            (id: try row.id(0), subject: try row.text(1), isActive: try row.bool(2))
        }
        guard let member = living.first(where: { $0.subject.exact == subject.exact }) ?? living.first, member.isActive
        else {
            return Viewer(subject: subject, standing: .excluded)
        }
        let teams = try await database.query(
            "SELECT team_id FROM team_members WHERE organization_id = $1 AND member_id = $2",
            [.id(organization), .id(member.id)], for: organization
        ).map { row throws(StoreError) in try row.id(0) }
        return Viewer(
            subject: subject, names: [member.id.description.exact, member.subject.exact],
            standing: .member(member.id, teams: Set(teams))
        )
    }
}
