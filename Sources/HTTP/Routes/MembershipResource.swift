import JSON
import AlmanacRuntime
import Scheduling
import TenantActors

/// What an organization's members and teams have in common for those who manage them.
protocol MembershipResource: Resource {
    static var collection: String { get }
    static var noun: String { get }

    static func create(
        _ described: Self, in organization: OrganizationActor, _ command: CommandContext
    ) async throws(CommandError) -> Reply
    static func update(
        _ id: ID, _ patch: JSON, in organization: OrganizationActor, ifMatch: VersionCondition?,
        _ command: CommandContext
    ) async throws(CommandError) -> Self
    static func delete(
        _ id: ID, in organization: OrganizationActor, ifMatch: VersionCondition?, _ command: CommandContext
    ) async throws(CommandError)
    static func find(_ id: ID, _ organization: ID, _ queries: MembershipQueries) async throws(CommandError) -> Self?
    static func page(
        _ organization: ID, after cursor: ID?, limit: Int, _ queries: MembershipQueries
    ) async throws(CommandError) -> [Self]
}

extension Member: MembershipResource {
    static let collection = "/api/v1/admin/members"
    static let noun = "member"

    static func create(
        _ described: Self, in organization: OrganizationActor, _ command: CommandContext
    ) async throws(CommandError) -> Reply { try await organization.createMember(described, command) }

    static func update(
        _ id: ID, _ patch: JSON, in organization: OrganizationActor, ifMatch: VersionCondition?,
        _ command: CommandContext
    ) async throws(CommandError) -> Member {
        try await organization.updateMember(id, patch, ifMatch: ifMatch, command)
    }

    static func delete(
        _ id: ID, in organization: OrganizationActor, ifMatch: VersionCondition?, _ command: CommandContext
    ) async throws(CommandError) { try await organization.deleteMember(id, ifMatch: ifMatch, command) }

    static func find(_ id: ID, _ organization: ID, _ queries: MembershipQueries) async throws(CommandError) -> Member? {
        try await queries.member(id, organization)
    }

    static func page(
        _ organization: ID, after cursor: ID?, limit: Int, _ queries: MembershipQueries
    ) async throws(CommandError) -> [Member] { try await queries.members(organization, after: cursor, limit: limit) }
}

extension Team: MembershipResource {
    static let collection = "/api/v1/admin/teams"
    static let noun = "team"

    static func create(
        _ described: Self, in organization: OrganizationActor, _ command: CommandContext
    ) async throws(CommandError) -> Reply { try await organization.createTeam(described, command) }

    static func update(
        _ id: ID, _ patch: JSON, in organization: OrganizationActor, ifMatch: VersionCondition?,
        _ command: CommandContext
    ) async throws(CommandError) -> Team {
        try await organization.updateTeam(id, patch, ifMatch: ifMatch, command)
    }

    static func delete(
        _ id: ID, in organization: OrganizationActor, ifMatch: VersionCondition?, _ command: CommandContext
    ) async throws(CommandError) { try await organization.deleteTeam(id, ifMatch: ifMatch, command) }

    static func find(_ id: ID, _ organization: ID, _ queries: MembershipQueries) async throws(CommandError) -> Team? {
        try await queries.team(id, organization)
    }

    static func page(
        _ organization: ID, after cursor: ID?, limit: Int, _ queries: MembershipQueries
    ) async throws(CommandError) -> [Team] { try await queries.teams(organization, after: cursor, limit: limit) }
}
