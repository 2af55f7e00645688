/// The content of a TZif file (RFC 8536, RFC 9636 for version 4), checked but not yet interpreted.
///
/// The bytes are not trusted: every read is bounded, and so is every count before anything is allocated for it.
struct TZifFile {
    /// UTC seconds and the offset east of UTC from then on, strictly ascending.
    private(set) var transitions: [(at: Int64, offset: Int)] = []
    /// The offset of type 0: local time before the first transition (§3.2).
    private(set) var initialOffset = 0
    /// The POSIX TZ string for the time after the last transition (§3.3); empty in version 1.
    private(set) var footer: ArraySlice<UInt8> = []

    init(_ bytes: [UInt8]) throws(ZoneError) {
        var reader = TZifReader(bytes)
        var header = try Header(&reader)
        var timeSize = 4
        if header.version >= 2 {
            // Versions 2+ repeat everything with 64-bit times behind the version 1 block, which only old readers use.
            try reader.skip(header.blockSize(timeSize: 4))
            header = try Header(&reader)
            guard header.version >= 2 else { throw ZoneError(.malformed, "second header of version 1") }
            timeSize = 8
        }
        try readBlock(header, timeSize: timeSize, &reader)
        if timeSize == 8 { footer = try reader.enclosedLine() }
    }

    private mutating func readBlock(_ header: Header, timeSize: Int, _ reader: inout TZifReader) throws(ZoneError) {
        try header.validate()
        var times: [Int64] = []
        times.reserveCapacity(header.timeCount)
        for _ in 0..<header.timeCount {
            let time = timeSize == 8 ? Int64(bitPattern: try reader.bigEndian(8)) : Int64(try reader.int32())
            if let last = times.last, time <= last { throw ZoneError(.malformed, "transitions do not ascend") }
            times.append(time)
        }
        var types: [Int] = []
        types.reserveCapacity(header.timeCount)
        for _ in 0..<header.timeCount { types.append(Int(try reader.byte())) }

        var offsets: [Int] = []
        for _ in 0..<header.typeCount {
            let offset = Int(try reader.int32())
            // §3.2: an offset SHOULD lie between −25 and +26 hours. No zone on earth lies outside.
            guard -89_999...93_599 ~= offset else { throw ZoneError(.malformed, "offset out of range") }
            try reader.skip(2)  // isdst, and the abbreviation's index: nobody here asks for either
            offsets.append(offset)
        }
        try reader.skip(header.nameBytes + header.standardCount + header.utcCount)

        for (time, type) in zip(times, types) {
            guard type < offsets.count else { throw ZoneError(.malformed, "unknown local time type") }
            transitions.append((time, offsets[type]))
        }
        initialOffset = offsets[0]
    }
}

extension TZifFile {
    /// §3.1: 44 bytes.
    fileprivate struct Header {
        let version, utcCount, standardCount, leapCount, timeCount, typeCount, nameBytes: Int

        init(_ reader: inout TZifReader) throws(ZoneError) {
            guard try reader.bigEndian(4) == 0x545A_6966 else { throw ZoneError(.malformed, "no TZif magic") }
            switch try reader.byte() {
            case 0: version = 1
            case UInt8(ascii: "2"): version = 2
            case UInt8(ascii: "3"): version = 3
            case UInt8(ascii: "4"): version = 4
            case let other: throw ZoneError(.unsupportedVersion, "version byte \(other)")
            }
            try reader.skip(15)
            utcCount = Int(try reader.bigEndian(4))
            standardCount = Int(try reader.bigEndian(4))
            leapCount = Int(try reader.bigEndian(4))
            timeCount = Int(try reader.bigEndian(4))
            typeCount = Int(try reader.bigEndian(4))
            nameBytes = Int(try reader.bigEndian(4))
        }

        /// Each count has 32 bits: the sum cannot overflow 64.
        func blockSize(timeSize: Int) -> Int {
            timeCount * (timeSize + 1) + typeCount * 6 + nameBytes
                + leapCount * (timeSize + 4) + standardCount + utcCount
        }

        func validate() throws(ZoneError) {
            guard leapCount == 0 else { throw ZoneError(.leapSeconds, "\(leapCount) leap seconds") }
            // A type's index has one byte. The largest zone of the database has some 240 transitions.
            guard 1...256 ~= typeCount, timeCount <= 10_000, 1...65_536 ~= nameBytes,
                standardCount == 0 || standardCount == typeCount, utcCount == 0 || utcCount == typeCount
            else { throw ZoneError(.malformed, "counts out of range") }
        }
    }
}
