/// The name and labels of one series, made valid for Prometheus.
///
/// Names match `[a-zA-Z_:][a-zA-Z0-9_:]*`, label names `[a-zA-Z_][a-zA-Z0-9_]*`; any other character
/// becomes `_`. Label names that Prometheus reserves (`le`, `__…`) are renamed.
struct SeriesName: Hashable, Sendable {
    let name: String
    /// Sorted by name, values escaped: `code="200",route="/slots"`. Empty without labels.
    let labels: String

    init(_ label: String, _ dimensions: [(String, String)], suffix: String = "") {
        let base = Self.sanitized(label, colons: true)
        self.name = base.hasSuffix(suffix) ? base : base + suffix
        self.labels = Self.rendered(dimensions)
    }

    private static func rendered(_ dimensions: [(String, String)]) -> String {
        guard !dimensions.isEmpty else { return "" }
        var values: [String: String] = [:]
        for (name, value) in dimensions { values[labelName(name)] = value }
        return values.sorted { $0.key < $1.key }
            .map { "\($0.key)=\"\(escaped($0.value))\"" }
            .joined(separator: ",")
    }

    private static func labelName(_ raw: String) -> String {
        let name = sanitized(raw, colons: false)
        if name == "le" { return "le_" }
        return name.hasPrefix("__") ? "label" + name : name
    }

    private static func sanitized(_ raw: String, colons: Bool) -> String {
        var bytes: [UInt8] = []
        for scalar in raw.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "_": bytes.append(UInt8(scalar.value))
            case ":" where colons: bytes.append(UInt8(scalar.value))
            case "0"..."9":
                if bytes.isEmpty { bytes.append(UInt8(ascii: "_")) }
                bytes.append(UInt8(scalar.value))
            case _: bytes.append(UInt8(ascii: "_"))
            }
        }
        return bytes.isEmpty ? "_" : String(decoding: bytes, as: UTF8.self)
    }

    private static func escaped(_ value: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": out.append(contentsOf: "\\\\".unicodeScalars)
            case "\"": out.append(contentsOf: "\\\"".unicodeScalars)
            case "\n": out.append(contentsOf: "\\n".unicodeScalars)
            case _: out.append(scalar)
            }
        }
        return String(out)
    }
}
