import AlmanacRuntime
import Scheduling

/// The message of a write: the changes since `base`, in order.
struct HotChanges {
    var base: Int64
    var steps: [HotStep]

    var bytes: [UInt8] {
        var writer = HotWriter()
        writer.byte(HotCalendar.format)
        writer.integer(base)
        writer.count(steps.count)
        for step in steps { step.write(to: &writer) }
        return writer.bytes
    }

    init(base: Int64, steps: [HotStep]) {
        self.base = base
        self.steps = steps
    }

    /// Nil if the message cannot be read. Then the follower asks the store.
    init?(_ bytes: [UInt8]) {
        var reader = HotReader(bytes)
        guard let message = try? Self.read(&reader), reader.isAtEnd else { return nil }
        self = message
    }

    private static func read(_ reader: inout HotReader) throws(HotFormatError) -> HotChanges {
        guard try reader.byte() == HotCalendar.format else { throw HotFormatError() }
        var message = HotChanges(base: try reader.integer(), steps: [])
        for _ in 0..<(try reader.count()) { message.steps.append(try HotStep.read(&reader)) }
        return message
    }
}
