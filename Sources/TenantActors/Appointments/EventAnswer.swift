import AlmanacRuntime
import Logging
import Scheduling

/// The answer of the command that wrote an event. A replay returns it, even if the appointment has changed since.
enum EventAnswer {
    static func render(type: String, subjectID: ID, payload: [UInt8], secrets: Secrets) -> [UInt8] {
        guard type.exact.hasPrefix("hold.") else { return appointment(payload) }
        var bytes = payload
        splice("\"hold_token\":\"\(HoldToken.of(subjectID, secrets))\"", into: &bytes)
        return bytes
    }

    /// An appointment's payload, with the field that each answer computes. There is no page for bookers to link to yet.
    static func appointment(_ payload: [UInt8]) -> [UInt8] {
        var bytes = payload
        splice("\"manage_url\":null", into: &bytes)
        return bytes
    }

    /// Adds a member to a serialized object that is not empty.
    private static func splice(_ member: String, into object: inout [UInt8]) {
        guard object.last == UInt8(ascii: "}") else { return }
        object.removeLast()
        object.append(UInt8(ascii: ","))
        object.append(contentsOf: member.utf8)
        object.append(UInt8(ascii: "}"))
    }
}
