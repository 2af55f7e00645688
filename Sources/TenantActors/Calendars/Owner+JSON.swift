public import JSON
import AlmanacRuntime
import SQL
import Scheduling

extension CalendarSettings.Owner: JSONWritable {
    static func read(_ key: String, of reader: ObjectReader) -> Self? {
        guard let owner = reader.optionalReader(key) else { return nil }
        defer { owner.finish() }
        return Self(
            memberID: owner.optionalString("member_id", min: 1, max: 255),
            name: owner.optionalString("name", min: 1, max: 200),
            email: owner.optionalEmail("email")
        )
    }

    public func write(to writer: inout JSONWriter) {
        writer.beginObject()
        if let memberID { writer.field("member_id", memberID) }
        writer.field("name", name)
        writer.field("email", email)
        writer.endObject()
    }

    /// A calendar has an owner where one of them is not null.
    static let columns: [FieldColumn<CalendarSettings>] = [
        FieldColumn("owner_member_id", \.ownerMemberID), FieldColumn("owner_name", \.ownerName),
        FieldColumn("owner_email", \.ownerEmail),
    ]
}

extension CalendarSettings {
    fileprivate var ownerMemberID: String? {
        get { owner?.memberID }
        set { set(newValue, \.memberID) }
    }

    fileprivate var ownerName: String? {
        get { owner?.name }
        set { set(newValue, \.name) }
    }

    fileprivate var ownerEmail: String? {
        get { owner?.email }
        set { set(newValue, \.email) }
    }

    private mutating func set(_ text: String?, _ path: WritableKeyPath<Owner, String?>) {
        if owner == nil, text != nil { owner = Owner(memberID: nil, name: nil, email: nil) }
        owner?[keyPath: path] = text
    }
}
