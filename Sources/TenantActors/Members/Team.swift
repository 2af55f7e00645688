public import Scheduling

/// Members of an organization under one name. A share with the team reaches all of them.
public struct Team: Resource {
    public var head = ResourceHead.draft
    public var name = ""
    /// The members as the request names them. After ``complete()``, they are in order and each occurs once. A stored
    /// team has no deleted members.
    public var memberIDs: [ID] = []

    /// How many members one team may have.
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
