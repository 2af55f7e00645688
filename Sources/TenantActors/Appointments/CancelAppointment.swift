public import JSON
import AlmanacRuntime
public import Scheduling

/// A command: cancel an appointment.
public struct CancelAppointment: Sendable {
    public var reason: String?
    public var by: CancellingParty

    public static func read(_ reader: ObjectReader) -> CancelAppointment? {
        let reason = reader.optionalString("reason", max: 1000, multiline: true)
        let by = reader.choice("cancelled_by", CancellingParty.self)
        reader.finish()
        guard let by, reader.errors.isEmpty else { return nil }
        return CancelAppointment(reason: reason, by: by)
    }
}
