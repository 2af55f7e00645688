/// Builds JSON Pointers (RFC 6901) such as `/business_hours/0/start`.
public enum JSONPointer {
    /// One reference token: `~` becomes `~0` and `/` becomes `~1`.
    public static func escape(_ token: String) -> String {
        guard token.utf8.contains(where: { $0 == UInt8(ascii: "~") || $0 == UInt8(ascii: "/") }) else { return token }
        var escaped = ""
        for scalar in token.unicodeScalars {
            switch scalar {
            case "~": escaped += "~0"
            case "/": escaped += "~1"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// The member `key` of the object at `pointer`.
    public static func appending(_ key: String, to pointer: String) -> String {
        "\(pointer)/\(escape(key))"
    }

    /// The item `index` of the array at `pointer`.
    public static func appending(_ index: Int, to pointer: String) -> String {
        "\(pointer)/\(index)"
    }
}
