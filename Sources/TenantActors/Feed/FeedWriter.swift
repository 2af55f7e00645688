import NIOCore
import Scheduling

/// Writes the parts of feed messages that all their receivers share.
enum FeedWriter {
    static func snapshot(_ slots: [Slot]) -> ByteBuffer {
        var bytes = Array(",".utf8)
        bytes += AvailabilityWriter.slots(slots, groupedIn: nil)
        bytes.append(UInt8(ascii: "}"))
        return ByteBuffer(bytes: bytes)
    }

    static func slots(_ delta: SlotDelta) -> ByteBuffer {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 + (delta.added.count + delta.removed.count) * 84)
        bytes += #","added":["#.utf8
        AvailabilityWriter.append(delta.added[...], to: &bytes)
        bytes += #"],"removed":["#.utf8
        AvailabilityWriter.append(delta.removed[...], to: &bytes)
        bytes += "]}".utf8
        return ByteBuffer(bytes: bytes)
    }

    /// `payload` is the appointment as in its event; `type` the event's type.
    static func appointment(_ type: String, _ payload: [UInt8]) -> ByteBuffer {
        let short = type.exact.split(separator: ".").last ?? ""
        var bytes = Array(#","type":"\#(short)","appointment":"#.utf8)
        bytes += EventAnswer.appointment(payload)
        bytes.append(UInt8(ascii: "}"))
        return ByteBuffer(bytes: bytes)
    }
}
