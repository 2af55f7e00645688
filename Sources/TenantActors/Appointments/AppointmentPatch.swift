import JSON
import AlmanacRuntime
import Scheduling

/// The fields that a PATCH of an appointment may contain.
enum AppointmentPatch {
    private static let editable: Set<String> = ["title", "notes", "location", "attendees", "metadata"]
    private static let ignored: Set<String> = BookAppointment.readOnlyFields.union([
        "calendar_id", "contact", "starts_at", "reminders",
    ])

    /// Fields that other operations change. A PATCH may repeat their values, but a new value is refused, because it
    /// would be lost without notice.
    private static let otherwiseChanged = ["calendar_id", "contact", "starts_at", "ends_at", "status"]

    static func apply(_ patch: JSON, to appointment: Appointment) throws(ValidationError) -> Appointment {
        let errors = FieldErrors()
        guard let given = patch.object else {
            errors.add("", code: "type", message: "must be an object")
            try errors.check()
            return appointment
        }
        let known = Set(editable.union(ignored).map(\.exact))
        for (key, _) in given where !known.contains(key.exact) {
            errors.add(JSONPointer.appending(key, to: ""), code: "unknown_field", message: "is not a known field")
        }
        if let present = (try? JSON.parse(appointment.eventPayload()))?.object {
            for key in Self.otherwiseChanged {
                if let value = given[key], value != present[key] {
                    errors.add(
                        JSONPointer.appending(key, to: ""), code: "read_only",
                        message: "cannot be changed here; only title, notes, location, attendees and metadata can"
                    )
                }
            }
            if let value = given["reminders"], value != present["reminders"] {
                errors.add(
                    "/reminders", code: "unsupported", message: "cannot be changed in this release: leave it out"
                )
            }
        }
        var attendees = JSONWriter()
        Appointment.write(appointment.attendees, to: &attendees)
        let present = JSON.object(
            JSONObject([
                ("title", appointment.title.map { .string($0) } ?? .null),
                ("notes", appointment.notes.map { .string($0) } ?? .null),
                ("location", appointment.location.map { .string($0) } ?? .null),
                ("attendees", (try? JSON.parse(attendees.bytes)) ?? .array([])), ("metadata", appointment.metadata),
            ])
        )
        var changed = appointment
        if let reader = ObjectReader(present.mergePatch(patch), errors: errors) {
            changed.title = reader.optionalString("title", max: 200)
            changed.notes = reader.optionalString("notes", max: 5000, multiline: true)
            changed.location = reader.optionalString("location", max: 500)
            changed.attendees = Appointment.readAttendees(reader) ?? []
            changed.metadata = reader.metadata("metadata") ?? .object(JSONObject())
        }
        try errors.check()
        return changed
    }
}
