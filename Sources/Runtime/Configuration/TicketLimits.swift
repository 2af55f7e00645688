/// How many tickets may be unused at once on this node: in total, and for one organization.
public struct TicketLimits: Sendable {
    public let all: Int
    public let perOrganization: Int

    public init(all: Int = 20_000, perOrganization: Int = 1_000) {
        self.all = all
        self.perOrganization = perOrganization
    }
}
