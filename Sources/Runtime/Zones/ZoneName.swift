import Scheduling

/// Which strings may name a zone: a strict reading of the IANA database's `NAMING` rules, because a name comes from a
/// client and becomes a path.
enum ZoneName {
    static func isValid(_ id: String) -> Bool {
        guard 1...64 ~= id.utf8.count else { return false }
        let parts = id.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // A part begins with a letter: no empty part, no `+VERSION`, nothing that looks like an option.
        // No part holds a dot: no `..`, no `zone.tab`, no `tzdata.zi`.
        let wellFormed = parts.allSatisfy { part in
            guard let first = part.first else { return false }
            return isLetter(first) && part.allSatisfy(isAllowed)
        }
        return wellFormed && !reservedNames.contains(id.exact) && !reservedFolders.contains(ExactText(parts[0]))
    }

    /// Copies of the whole tree, one of them with leap seconds.
    static let reservedFolders: Set<ExactText> = ["posix", "right"]
    /// The machine's own choices, and files that are no zones.
    private static let reservedNames: Set<ExactText> = ["localtime", "posixrules", "Factory", "leapseconds"]

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: isLetter(byte)
        }
    }
}
