import AlmanacRuntime
import JSON
import Logging
import Scheduling

/// The answer of the command that wrote an event. A replay returns it, even if the appointment has changed since.
enum EventAnswer {
    static func render(type: String, subjectID: ID, payload: [UInt8], secrets: Secrets) -> [UInt8] {
        guard type.exact.hasPrefix("hold.") else { return appointment(payload) }
        return JSONWriter.object { writer in
            writer.members(of: payload)
            writer.field("hold_token", HoldToken.of(subjectID, secrets))
        }
    }

    /// An appointment's payload, with the field that each answer computes. There is no page for bookers to link to yet.
    static func appointment(_ payload: [UInt8]) -> [UInt8] {
        JSONWriter.object(reserving: payload.count + 24) { writer in
            writer.members(of: payload)
            writer.field("manage_url", nil as String?)
        }
    }
}
