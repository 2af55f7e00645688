public import Scheduling

/// As whom somebody looks at an organization's calendars, where it does not see all of them.
public struct Viewer: Sendable, Hashable {
    public enum Standing: Sendable, Hashable {
        case member(ID, teams: Set<ID>)
        /// The issuer of its token knows it and the organization does not: it is everybody's equal but in no team.
        case unregistered
        /// A member that was deactivated or deleted: it sees nothing, whatever it owns or was given.
        case excluded
        /// Whoever knows the secret of a share.
        case link(ID)
    }

    /// The token's; empty for a link.
    @Exact public private(set) var subject: String
    /// Whatever an owner or a share may call it: its subject, and a member's id and subject.
    let names: Set<ExactText>
    public let standing: Standing

    init(subject: String, names: Set<ExactText> = [], standing: Standing) {
        self.subject = subject
        self.names = names.union([subject.exact])
        self.standing = standing
    }

    static func link(_ share: ID) -> Viewer { Viewer(subject: "", standing: .link(share)) }

    var isExcluded: Bool { standing == .excluded }

    /// Whether the owner of a calendar means this one.
    func isNamed(by owner: String?) -> Bool {
        switch standing {
        case .member, .unregistered: owner.map { names.contains($0.exact) } ?? false
        case .excluded, .link: false
        }
    }

    /// Whether a share is for this one.
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
