import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

/// Somebody who belongs to an organization. Its tokens name it by its subject or by its id.
public struct Member: Sendable, Versioned {
    public let id: ID
    public let organizationID: ID
    public var name: String
    public var email: String?
    public var subject: String
    public var isActive: Bool
    public var version: Int
    public let createdAt: Instant
    public var updatedAt: Instant

    static let readOnlyFields: Set<String> = ["id", "version", "created_at", "updated_at"]
    static let fields: Set<String> = ["name", "email", "subject", "is_active"]

    /// What a body says of a member.
    public struct Fields: Sendable {
        public var name: String
        public var email: String?
        /// Its own id if nil.
        public var subject: String?
        public var isActive: Bool

        /// Records every error and returns nil if there is one.
        public static func read(_ reader: ObjectReader) -> Fields? {
            let name = reader.string("name", min: 1, max: 200)
            let email = reader.optionalEmail("email")
            let subject = reader.optionalString("subject", min: 1, max: 255)
            let isActive = reader.optionalBool("is_active") ?? true
            reader.finish(ignoring: readOnlyFields)
            guard let name, reader.errors.isEmpty else { return nil }
            return Fields(name: name, email: email, subject: subject, isActive: isActive)
        }
    }

    init(id: ID, organizationID: ID, _ fields: Fields, createdAt: Instant) {
        self.id = id
        self.organizationID = organizationID
        name = fields.name
        email = fields.email
        subject = fields.subject ?? id.description
        isActive = fields.isActive
        version = 1
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    static let columns = "id, organization_id, name, email, subject, is_active, version, created_at, updated_at"

    init(row: SQLRow) throws(StoreError) {
        id = try row.id(0)
        organizationID = try row.id(1)
        name = try row.text(2)
        email = try row.optional(3, row.text)
        subject = try row.text(4)
        isActive = try row.bool(5)
        version = try row.int(6)
        createdAt = try row.instant(7)
        updatedAt = try row.instant(8)
    }

    /// This member with a merge patch (RFC 7396) laid over it; its version is the next, unless nothing is new.
    func patched(_ patch: JSON, at now: Instant) throws(ValidationError) -> Member {
        let errors = FieldErrors()
        let present: JSON = [
            "name": .string(name), "email": email.map { .string($0) } ?? .null, "subject": .string(subject),
            "is_active": .bool(isActive),
        ]
        PatchBody.check(patch, known: Self.fields.union(Self.readOnlyFields), errors: errors)
        var changed = self
        if let reader = ObjectReader(PatchBody.merge(patch, over: present), errors: errors),
            let fields = Fields.read(reader)
        {
            changed.name = fields.name
            changed.email = fields.email
            changed.subject = fields.subject ?? id.description
            changed.isActive = fields.isActive
        }
        try errors.check()
        if JSON.areEqual(changed.json, json) { return self }
        changed.version += 1
        changed.updatedAt = now
        return changed
    }

    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("email", email)
        writer.field("subject", subject)
        writer.field("is_active", isActive)
        writer.field("version", version)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.endObject()
        return writer.bytes
    }
}
