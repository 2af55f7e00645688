import Scheduling

/// Writes content lines (RFC 5545 §3.1). No value can leave its line.
struct ICalendarWriter {
    private(set) var bytes: [UInt8] = []

    /// A value that needs no escaping: a constant or a number.
    mutating func raw(_ name: String, _ value: String) { line("\(name):\(value)") }

    /// A value of type TEXT (RFC 5545 §3.3.11).
    mutating func text(_ name: String, _ value: String) { line("\(name):\(Self.escaped(value))") }

    /// A value of type DATE-TIME in UTC (RFC 5545 §3.3.5, form 2).
    mutating func utc(_ name: String, _ instant: Instant) { line("\(name):\(instant.basicUTC)") }

    /// A value of type URI. Characters that a URI may not contain are percent-encoded (RFC 3986 §2.1).
    mutating func uri(_ name: String, _ value: String) {
        line("\(name):\(PercentEncoding.encode(value, keeping: PercentEncoding.uri))")
    }

    /// A calendar user address with its name (RFC 5545 §3.8.4.1 and §3.8.4.3).
    mutating func person(
        _ name: String, _ person: ICalendarEvent.Person, _ parameters: [(name: String, value: String)] = []
    ) {
        var text = name
        if let common = person.name { text += ";CN=\(Self.quoted(common))" }
        for parameter in parameters { text += ";\(parameter.name)=\(parameter.value)" }
        text += ":mailto:\(PercentEncoding.encode(person.email, keeping: PercentEncoding.mailbox))"
        line(text)
    }

    /// Escapes TEXT. Tabs and line breaks are kept; other control characters are dropped.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in PlainText.lines(text).unicodeScalars {
            switch scalar {
            case "\\", ";", ",":
                result += "\\"
                result.unicodeScalars.append(scalar)
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// A quoted parameter value. Characters that it may not contain are written with carets (RFC 6868 §3).
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in PlainText.lines(text).unicodeScalars {
            switch scalar {
            case "^": result += "^^"
            case "\"": result += "^'"
            case "\n": result += "^n"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }

    /// Folds a line after at most 75 octets, never inside a character's encoding (RFC 5545 §3.1).
    private mutating func line(_ text: String) {
        var room = 75
        for scalar in text.unicodeScalars {
            let encoded = UTF8.encode(scalar).map(Array.init) ?? []
            if encoded.count > room {
                bytes.append(contentsOf: [0x0D, 0x0A, 0x20])
                room = 74
            }
            bytes.append(contentsOf: encoded)
            room -= encoded.count
        }
        bytes.append(contentsOf: [0x0D, 0x0A])
    }
}
