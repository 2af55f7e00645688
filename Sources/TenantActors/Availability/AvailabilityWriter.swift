import AlmanacRuntime
import Scheduling

/// Writes lists of slots directly as bytes.
enum AvailabilityWriter {
    /// The slots, or `"next_available"` if there are none.
    static func slots(_ offer: AvailabilityOffer, groupedIn zone: Zone?) -> [UInt8] {
        var bytes = slots(offer.slots, groupedIn: zone)
        guard let next = offer.next else { return bytes }
        bytes.append(contentsOf: #","next_available":"#.utf8)
        bytes.append(contentsOf: (next.start.map { "\"\($0.rfc3339)\"" } ?? "null").utf8)
        return bytes
    }

    /// `"slots":[…]`, or `"days":{…}` keyed by date in `zone`; days without slots are left out.
    static func slots(_ slots: [Slot], groupedIn zone: Zone?) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32 + slots.count * 84)
        guard let zone else {
            bytes.append(contentsOf: #""slots":["#.utf8)
            append(slots[...], to: &bytes)
            bytes.append(UInt8(ascii: "]"))
            return bytes
        }
        bytes.append(contentsOf: #""days":{"#.utf8)
        var index = 0
        while index < slots.count {
            let date = zone.day(of: slots[index].start)
            let midnight = zone.firstInstant(of: date.adding(days: 1))
            var end = index + 1
            while end < slots.count, slots[end].start < midnight { end += 1 }
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "\""))
            date.appendISO(to: &bytes)
            bytes.append(contentsOf: "\":[".utf8)
            append(slots[index..<end], to: &bytes)
            bytes.append(UInt8(ascii: "]"))
            index = end
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// The members of a list of slots.
    static func append(_ slots: ArraySlice<Slot>, to bytes: inout [UInt8]) {
        var isFirst = true
        for slot in slots {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            bytes.append(contentsOf: #"{"start":""#.utf8)
            slot.start.appendRFC3339(to: &bytes)
            bytes.append(contentsOf: #"","end":""#.utf8)
            slot.end.appendRFC3339(to: &bytes)
            bytes.append(contentsOf: #"","seats_available":"#.utf8)
            if slot.seatsAvailable < 10 {
                bytes.append(UInt8(ascii: "0") + UInt8(slot.seatsAvailable))
            } else {
                bytes.append(contentsOf: String(slot.seatsAvailable).utf8)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }
}
