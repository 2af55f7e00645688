import SQL
import AlmanacRuntime
import Scheduling

/// Rows of members and teams.
enum MembershipWrites {
    static let insertMember = WriteKind(
        "member.insert", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("name", .text), .init("email", .text),
            .init("subject", .text), .init("is_active", .bool), .init("created_at", .instant),
        ],
        sql: """
            INSERT INTO members
                (id, organization_id, name, email, subject, is_active, version, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)
            """
    )

    /// Stale if the version has moved.
    static let updateMember = WriteKind(
        "member.update", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("expected_version", .integer), .init("name", .text),
            .init("email", .text), .init("subject", .text), .init("is_active", .bool), .init("updated_at", .instant),
            .init("deleted_at", .instant),
        ],
        sql: """
            UPDATE members SET name = $4, email = $5, subject = $6, is_active = $7, updated_at = $8, deleted_at = $9,
                version = version + 1
            WHERE id = $1 AND (organization_id = $2 AND deleted_at IS NULL) IS TRUE AND version = $3
            """
    )

    /// Raises the versions of a member's teams, before it leaves them.
    ///
    /// The order of what is one member's anyway keeps the inner statement by itself: in one join with the outer, PostgreSQL
    /// may go through all team members once for each team.
    static let leftTeams = WriteKind(
        "team.left", phase: .records,
        columns: [.init("member_id", .id), .init("organization_id", .id), .init("updated_at", .instant)],
        expects: .any,
        sql: """
            UPDATE teams SET version = version + 1, updated_at = $3
            WHERE organization_id = $2 AND (deleted_at IS NULL) IS TRUE AND id IN (
                SELECT team_id FROM team_members WHERE organization_id = $2 AND member_id = $1 ORDER BY member_id
            )
            """
    )

    /// Takes a member out of all its teams.
    static let leaveTeams = WriteKind(
        "team_members.leave", phase: .records, columns: [.init("member_id", .id), .init("organization_id", .id)],
        expects: .any,
        sql: "DELETE FROM team_members WHERE organization_id = $2 AND member_id = $1"
    )

    static let insertTeam = WriteKind(
        "team.insert", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("name", .text), .init("created_at", .instant),
        ],
        sql: """
            INSERT INTO teams (id, organization_id, name, version, created_at, updated_at) VALUES ($1, $2, $3, 1, $4, $4)
            """
    )

    /// Stale if the version has moved.
    static let updateTeam = WriteKind(
        "team.update", phase: .records,
        columns: [
            .init("id", .id), .init("organization_id", .id), .init("expected_version", .integer), .init("name", .text),
            .init("updated_at", .instant), .init("deleted_at", .instant),
        ],
        sql: """
            UPDATE teams SET name = $4, updated_at = $5, deleted_at = $6, version = version + 1
            WHERE id = $1 AND (organization_id = $2 AND deleted_at IS NULL) IS TRUE AND version = $3
            """
    )

    static let emptyTeam = WriteKind(
        "team_members.empty", phase: .records, columns: [.init("team_id", .id)], expects: .any,
        sql: "DELETE FROM team_members WHERE team_id = $1"
    )

    static let joinTeam = WriteKind(
        "team_members.join", phase: .records,
        columns: [.init("team_id", .id), .init("member_id", .id), .init("organization_id", .id)],
        sql: "INSERT INTO team_members (team_id, member_id, organization_id) VALUES ($1, $2, $3)"
    )

    static func insert(_ member: Member) -> [WriteRow] {
        [
            insertMember.row([
                .id(member.id), .id(member.organizationID), .text(member.name), .text(member.email),
                .text(member.subject), .bool(member.isActive), .instant(member.createdAt),
            ])
        ]
    }

    /// `member` as it is to be; its version is the one it replaces plus one.
    static func update(_ member: Member, isDeletion: Bool = false) -> [WriteRow] {
        let row = updateMember.row([
            .id(member.id), .id(member.organizationID), .int(member.version - 1), .text(member.name),
            .text(member.email), .text(member.subject), .bool(member.isActive), .instant(member.updatedAt),
            isDeletion ? .instant(member.updatedAt) : .null,
        ])
        guard isDeletion else { return [row] }
        return [
            row, leftTeams.row([.id(member.id), .id(member.organizationID), .instant(member.updatedAt)]),
            leaveTeams.row([.id(member.id), .id(member.organizationID)]),
        ]
    }

    static func insert(_ team: Team) -> [WriteRow] {
        let row = insertTeam.row([
            .id(team.id), .id(team.organizationID), .text(team.name), .instant(team.createdAt),
        ])
        return [row] + joins(team)
    }

    /// `team` as it is to be; its version is the one it replaces plus one.
    static func update(_ team: Team, isDeletion: Bool = false) -> [WriteRow] {
        [
            updateTeam.row([
                .id(team.id), .id(team.organizationID), .int(team.version - 1), .text(team.name),
                .instant(team.updatedAt), isDeletion ? .instant(team.updatedAt) : .null,
            ]),
            emptyTeam.row([.id(team.id)]),
        ] + (isDeletion ? [] : joins(team))
    }

    private static func joins(_ team: Team) -> [WriteRow] {
        team.memberIDs.map { joinTeam.row([.id(team.id), .id($0), .id(team.organizationID)]) }
    }
}
