import AlmanacRuntime
import JSON
import Scheduling

/// Writes lists of slots.
enum AvailabilityWriter {
    /// The members of an object that say what is offered.
    static func members(_ offer: AvailabilityOffer, groupedIn zone: Zone?) -> [UInt8] {
        var writer = JSONWriter(reserving: 32 + offer.slots.count * 84)
        write(offer, groupedIn: zone, to: &writer)
        return writer.bytes
    }

    /// The slots, or `"next_available"` if there are none.
    static func write(_ offer: AvailabilityOffer, groupedIn zone: Zone?, to writer: inout JSONWriter) {
        write(offer.slots, groupedIn: zone, to: &writer)
        if let next = offer.next { writer.field("next_available", next.start?.rfc3339) }
    }

    /// `"slots":[…]`, or `"days":{…}` keyed by date in `zone`; days without slots are left out.
    private static func write(_ slots: [Slot], groupedIn zone: Zone?, to writer: inout JSONWriter) {
        guard let zone else {
            writer.key("slots")
            return writer.array(slots, write)
        }
        writer.key("days")
        writer.object { writer in
            var index = 0
            while index < slots.count {
                let date = zone.day(of: slots[index].start)
                let midnight = zone.firstInstant(of: date.adding(days: 1))
                var end = index + 1
                while end < slots.count, slots[end].start < midnight { end += 1 }
                writer.key(date.description)
                writer.array(slots[index..<end], write)
                index = end
            }
        }
    }

    static func write(_ slot: Slot, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("start")
            writer.plainString { slot.start.appendRFC3339(to: &$0) }
            writer.key("end")
            writer.plainString { slot.end.appendRFC3339(to: &$0) }
            writer.field("seats_available", slot.seatsAvailable)
        }
    }
}
