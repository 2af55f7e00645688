import JSON
import Scheduling

/// A person who belongs to an organization. Tokens name the member by its subject or its id.
public struct Member: Resource {
    public var head = ResourceHead.draft
    public var name = ""
    public var email: String?
    /// The member's id, if a request leaves it out.
    public var subject = ""
    public var isActive = true

    public static let table = FieldTable<Member>(
        "member", in: "members",
        [
            .text("name", \.name, 1...200), .email("email", \.email),
            Field("subject", \.subject) { reader, _ in reader.optionalString("subject", min: 1, max: 255) ?? "" },
            .flag("is_active", \.isActive, default: true),
        ]
    )

    public init() {}

    public mutating func complete() {
        if subject.isEmpty { subject = id.description }
    }
}
