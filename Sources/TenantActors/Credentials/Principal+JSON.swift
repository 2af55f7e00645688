public import JSON
import AlmanacRuntime
import Scheduling

extension Principal {
    /// The principal in the form in which nodes exchange it.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("organization_id", organizationID.description)
        writer.field("credential", credential)
        writer.field("scopes", scopes.map(\.rawValue.exact).sorted().map(\.text))
        writer.field("member", member)
        // The bearer of a link is never passed to another node, and no reader accepts this form.
        if case .link(let share) = reach { writer.field("link", share.description) }
        writer.field("expires_at", expiresAt?.rfc3339)
        writer.endObject()
        return writer.bytes
    }

    /// Nil if ``json`` did not write it: an unreadable principal gets no access.
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
