import SQL
public import JSON
import AlmanacRuntime
public import Scheduling

/// Members of an organization under one name, so that what is given to it is given to all of them.
public struct Team: Sendable, Versioned {
    public let id: ID
    public let organizationID: ID
    public var name: String
    /// In order; only those that have not been deleted.
    public var memberIDs: [ID]
    public var version: Int
    public let createdAt: Instant
    public var updatedAt: Instant

    /// The most members of one team.
    public static let limit = 1_000
    static let readOnlyFields: Set<String> = ["id", "version", "created_at", "updated_at"]
    static let fields: Set<String> = ["name", "member_ids"]

    /// What a body says of a team.
    public struct Fields: Sendable {
        public var name: String
        /// As they were named, each once.
        public var memberIDs: [ID]

        /// Records every error and returns nil if there is one.
        public static func read(_ reader: ObjectReader) -> Fields? {
            let name = reader.string("name", min: 1, max: 200)
            var memberIDs: [ID] = []
            for item in reader.optionalArray("member_ids", max: Team.limit) ?? [] {
                guard let id = item.value.string.flatMap({ ID($0) }) else {
                    reader.errors.add(item.pointer, code: "invalid_id", message: "must be a UUID")
                    continue
                }
                memberIDs.append(id)
            }
            reader.finish(ignoring: readOnlyFields)
            guard let name, reader.errors.isEmpty else { return nil }
            return Fields(name: name, memberIDs: memberIDs)
        }
    }

    init(id: ID, organizationID: ID, _ fields: Fields, createdAt: Instant) {
        self.id = id
        self.organizationID = organizationID
        name = fields.name
        memberIDs = Set(fields.memberIDs).sorted()
        version = 1
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    static let columns = "id, organization_id, name, version, created_at, updated_at"

    init(row: SQLRow, memberIDs: [ID]) throws(StoreError) {
        id = try row.id(0)
        organizationID = try row.id(1)
        name = try row.text(2)
        version = try row.int(3)
        createdAt = try row.instant(4)
        updatedAt = try row.instant(5)
        self.memberIDs = memberIDs
    }

    /// What a merge patch (RFC 7396) makes of this team's fields.
    func fields(patched patch: JSON) throws(ValidationError) -> Fields {
        let errors = FieldErrors()
        let present: JSON = [
            "name": .string(name), "member_ids": .array(memberIDs.map { .string($0.description) }),
        ]
        PatchBody.check(patch, known: Self.fields.union(Self.readOnlyFields), errors: errors)
        if let reader = ObjectReader(PatchBody.merge(patch, over: present), errors: errors),
            let fields = Fields.read(reader), errors.isEmpty
        {
            return fields
        }
        throw ValidationError(errors: errors.all)
    }

    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("id", id.description)
        writer.field("name", name)
        writer.field("member_ids", memberIDs.map(\.description))
        writer.field("version", version)
        writer.field("created_at", createdAt.rfc3339)
        writer.field("updated_at", updatedAt.rfc3339)
        writer.endObject()
        return writer.bytes
    }
}
