public import JSON
import AlmanacRuntime
import Scheduling

/// The owner of a calendar, when a caller changes it who sees only its own and shared calendars.
public enum OwnerRule {
    /// A member that names no owner owns the calendar that it creates. Otherwise it could not see the calendar any
    /// more.
    public static func owning(_ body: JSON, _ member: String?) -> JSON {
        guard let member else { return body }
        return naming(member, in: body, isWhole: true)
    }

    /// A change without an owner, or with null, keeps the owning member.
    static func keeping(_ change: SettingsChange, _ present: CalendarRecord, _ access: Access?) -> SettingsChange {
        guard access?.viewer != nil, let member = present.settings.owner?.memberID else { return change }
        switch change {
        case .replace(let body): return .replace(naming(member, in: body, isWhole: true))
        case .merge(let patch): return .merge(naming(member, in: patch, isWhole: false))
        case .businessHours: return change
        }
    }

    /// Naming another owner needs the permission `manage`.
    static func check(
        _ settings: CalendarSettings, _ present: CalendarRecord, _ access: Access?
    ) throws(CommandError) {
        guard let access, access.viewer != nil, access.permission < .manage else { return }
        guard settings.owner?.memberID?.exact == present.settings.owner?.memberID?.exact else {
            throw .insufficientPermission(.manage)
        }
    }

    private static func naming(_ member: String, in body: JSON, isWhole: Bool) -> JSON {
        guard var fields = body.object else { return body }
        switch fields["owner"] {
        case .object(var owner):
            if isWhole ? owner["member_id"] ?? .null == .null : owner["member_id"] == .null {
                owner["member_id"] = .string(member)
            }
            fields["owner"] = .object(owner)
        case .null: fields["owner"] = ["member_id": .string(member)]
        case nil: if isWhole { fields["owner"] = ["member_id": .string(member)] }
        case .bool, .number, .string, .array: break
        }
        return .object(fields)
    }
}
