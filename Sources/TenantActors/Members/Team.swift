public import Scheduling

/// Members of an organization under one name, so that what is given to it is given to all of them.
public struct Team: Resource {
    public var head = ResourceHead.draft
    public var name = ""
    /// As a body names them; in order and each once from ``complete()`` on. Deleted members are not among those of a kept team.
    public var memberIDs: [ID] = []

    /// The most members of one team.
    public static let limit = 1_000

    public static let table = FieldTable<Team>(
        "team", in: "teams",
        [
            .text("name", \.name, 1...200),
            // In the table `team_members`.
            Field("member_ids", \.memberIDs, columns: []) { reader, _ in reader.ids("member_ids", max: limit) },
        ]
    )

    public init() {}

    public mutating func complete() { memberIDs = Set(memberIDs).sorted() }
}
