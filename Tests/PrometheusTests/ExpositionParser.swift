/// A strict reader of the Prometheus text format 0.0.4, written from its specification.
struct ExpositionParser {
    struct Sample: Equatable {
        var name: String
        var labels: [String: String]
        var value: Double
    }

    struct Malformed: Error { let line: String }

    private(set) var types: [String: String] = [:]
    private(set) var samples: [Sample] = []

    init(_ text: String) throws {
        guard text.isEmpty || text.hasSuffix("\n") else { throw Malformed(line: "no line feed at the end") }
        var series: Set<String> = []
        for line in text.split(separator: "\n").map(String.init) {
            if line.hasPrefix("#") {
                let words = line.split(separator: " ")
                guard words.count == 4, words[1] == "TYPE", types[String(words[2])] == nil else {
                    throw Malformed(line: line)
                }
                types[String(words[2])] = String(words[3])
            } else {
                let sample = try Self.sample(line)
                let head = line[..<line.lastIndex(of: " ")!]
                guard series.insert(String(head)).inserted, family(of: sample.name) != nil else {
                    throw Malformed(line: line)
                }
                samples.append(sample)
            }
        }
    }

    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        samples.first { $0.name == name && $0.labels == labels }?.value
    }

    /// The declared family a sample belongs to.
    private func family(of name: String) -> String? {
        if types[name] != nil { return name }
        for suffix in ["_bucket", "_sum", "_count"] where name.hasSuffix(suffix) {
            let base = String(name.dropLast(suffix.count))
            if types[base] == "histogram" { return base }
        }
        return nil
    }

    private static func sample(_ line: String) throws -> Sample {
        var rest = Substring(line)
        let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == ":") }
        guard let first = name.first, !first.isNumber else { throw Malformed(line: line) }
        rest = rest.dropFirst(name.count)
        var labels: [String: String] = [:]
        if rest.first == "{" {
            rest = rest.dropFirst()
            while rest.first != "}" {
                let label = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
                rest = rest.dropFirst(label.count)
                guard let first = label.first, !first.isNumber, rest.hasPrefix("=\""), labels[String(label)] == nil
                else { throw Malformed(line: line) }
                rest = rest.dropFirst(2)
                labels[String(label)] = try unquoted(&rest, line)
                if rest.first == "," { rest = rest.dropFirst() }
            }
            rest = rest.dropFirst()
        }
        guard rest.first == " ", let value = number(String(rest.dropFirst())) else { throw Malformed(line: line) }
        return Sample(name: String(name), labels: labels, value: value)
    }

    private static func unquoted(_ rest: inout Substring, _ line: String) throws -> String {
        var value = ""
        while let character = rest.popFirst() {
            switch character {
            case "\"": return value
            case "\\":
                switch rest.popFirst() {
                case "n": value.append("\n")
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                case _: throw Malformed(line: line)
                }
            case _: value.append(character)
            }
        }
        throw Malformed(line: line)
    }

    private static func number(_ text: String) -> Double? {
        switch text {
        case "+Inf": .infinity
        case "-Inf": -.infinity
        case "NaN": .nan
        case _: Double(text)
        }
    }
}
