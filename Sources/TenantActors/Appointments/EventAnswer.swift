import AlmanacRuntime
import Logging
import Scheduling

/// The answer that an event's command was given: what a replay says, whatever became of the appointment since.
enum EventAnswer {
    static func render(type: String, subjectID: ID, payload: [UInt8], secrets: Secrets) -> [UInt8] {
        guard type.exact.hasPrefix("hold.") else { return appointment(payload) }
        var bytes = payload
        splice("\"hold_token\":\"\(HoldToken.of(subjectID, secrets))\"", into: &bytes)
        return bytes
    }

    /// An appointment's payload with the field that is made for each answer. There is no booker's page to link to yet.
    static func appointment(_ payload: [UInt8]) -> [UInt8] {
        var bytes = payload
        splice("\"manage_url\":null", into: &bytes)
        return bytes
    }

    /// Adds a member to a serialized object that has some.
    private static func splice(_ member: String, into object: inout [UInt8]) {
        guard object.last == UInt8(ascii: "}") else { return }
        object.removeLast()
        object.append(UInt8(ascii: ","))
        object.append(contentsOf: member.utf8)
        object.append(UInt8(ascii: "}"))
    }
}
