public import Scheduling

/// A caller who does not see all calendars of an organization, as calendars know it.
public struct Viewer: Sendable, Hashable {
    public enum Standing: Sendable, Hashable {
        case member(ID, teams: Set<ID>)
        /// The token's issuer knows the subject, and the organization does not. It has the rights of a member without a
        /// team.
        case unregistered
        /// A member that is inactive or deleted: it sees nothing, whatever it owns or was given.
        case excluded
        /// The bearer of a link's secret.
        case link(ID)
    }

    /// The token's subject; empty for a link.
    @Exact public private(set) var subject: String
    /// All names by which an owner or a share may mean this viewer: its subject, and a member's id and subject.
    let names: Set<ExactText>
    public let standing: Standing

    init(subject: String, names: Set<ExactText> = [], standing: Standing) {
        self.subject = subject
        self.names = names.union([subject.exact])
        self.standing = standing
    }

    static func link(_ share: ID) -> Viewer { Viewer(subject: "", standing: .link(share)) }

    var isExcluded: Bool { standing == .excluded }

    /// Whether a calendar's owner is this viewer.
    func isNamed(by owner: String?) -> Bool {
        switch standing {
        case .member, .unregistered: owner.map { names.contains($0.exact) } ?? false
        case .excluded, .link: false
        }
    }

    /// Whether a share reaches this viewer.
    func isGiven(_ share: CalendarShare) -> Bool {
        switch (standing, share.grantee) {
        case (.excluded, _): false
        case (.link(let id), _): share.id == id && share.grantee == .link
        case (_, .link): false
        case (_, .organization): true
        case (_, .subject(let subject)): names.contains(subject)
        case (.member(let id, _), .member(let member)): member == id
        case (.member(_, let teams), .team(let team)): teams.contains(team)
        case (.unregistered, .member), (.unregistered, .team): false
        }
    }
}
