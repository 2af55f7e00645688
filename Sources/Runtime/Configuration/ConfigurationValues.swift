import Configuration

/// Reads values as text and collects their errors. Errors contain keys, never values.
public struct ConfigurationValues {
    private let reader: ConfigReader
    private let places: [String: String]
    private(set) var errors: [String]

    init(_ reader: ConfigReader, places: [String: String], errors: [String]) {
        self.reader = reader
        self.places = places
        self.errors = errors
    }

    public mutating func text(_ key: String, secret: Bool = false) -> String? {
        guard let text = reader.string(forKey: ConfigKey(key), isSecret: secret), !text.isEmpty else { return nil }
        return text
    }

    public mutating func parsed<T>(_ key: String, _ rule: String, secret: Bool = false, _ parse: (String) -> T?) -> T? {
        guard let text = text(key, secret: secret) else { return nil }
        if let value = parse(text) { return value }
        fail(key, rule)
        return nil
    }

    public mutating func fail(_ key: String, _ rule: String) {
        let place = places[key].map { $0 + ": " } ?? ""
        errors.append("\(place)\(key) (\(EnvironmentNames.variable(of: key))): \(rule)")
    }

    public mutating func int(_ key: String, in range: ClosedRange<Int>) -> Int? {
        parsed(key, "must be an integer from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}
