public import JSON
import AlmanacRuntime
import Scheduling

extension Principal {
    /// As it is handed from one node to another.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("organization_id", organizationID.description)
        writer.field("credential", credential)
        writer.field("scopes", scopes.map(\.rawValue.exact).sorted().map(\.text))
        writer.field("member", member)
        // Nobody is to hand this one on; whoever reads it lets it in nowhere.
        if case .link(let share) = reach { writer.field("link", share.description) }
        writer.field("expires_at", expiresAt?.rfc3339)
        writer.endObject()
        return writer.bytes
    }

    /// Nil if it is not what ``json`` writes: whoever cannot be read is let in nowhere.
    public init?(json: JSON) {
        guard json["link"] == nil, let organization = json["organization_id"]?.string.flatMap({ ID($0) }),
            let credential = json["credential"]?.string, let names = json["scopes"]?.array
        else { return nil }
        let scopes = names.compactMap { $0.string.flatMap(Scope.init(named:)) }
        guard scopes.count == names.count else { return nil }
        var expiresAt: Instant?
        if let text = json["expires_at"]?.string {
            guard let instant = Instant(rfc3339: text) else { return nil }
            expiresAt = instant
        }
        self.init(
            organizationID: organization, credential: credential, scopes: Set(scopes), member: json["member"]?.string,
            expiresAt: expiresAt
        )
    }
}
