import Foundation
import Yams

/// A configuration file, key by key, and all its errors except those of values.
struct ConfigurationFile {
    struct Entry {
        let text: String
        let line: Int
    }

    let path: String
    /// The keys there are.
    private let keys: Set<String>
    /// By key, such as `http.port`, without empty and null values.
    private(set) var entries: [String: Entry] = [:]
    private(set) var errors: [String] = []

    /// Throws if the file cannot be read at all.
    init(path: String, keys: Set<String>) throws(ConfigurationError) {
        self.path = path
        self.keys = keys
        let text = try Self.text(path)
        let document: Yams.Node?
        do {
            document = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationError(errors: Self.explain(error, path, text))
        }
        if let document { visit(document, []) }
    }

    private static func text(_ path: String) throws(ConfigurationError) -> String {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let code = ((error as? CocoaError)?.underlying as? POSIXError)?.code
            let reason = code.map { ": " + String(cString: strerror($0.rawValue)) } ?? ""
            let words = code == .ENOENT ? "is not there" : "cannot be read" + reason
            throw ConfigurationError(errors: ["\(path): \(words)"])
        }
        if let text = String(validating: data, as: UTF8.self) { return text }
        let lines = data.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        throw ConfigurationError(errors: ["\(path):\(line + 1): is not UTF-8 text"])
    }

    /// Where a key stands: `config/almanac.yaml:7`.
    func place(of key: String) -> String? { entries[key].map { "\(path):\($0.line)" } }

    private mutating func visit(_ node: Yams.Node, _ names: [String]) {
        let key = names.joined(separator: ".")
        let line = node.mark?.line ?? 1
        switch node {
        case .mapping(let mapping):
            if keys.contains(key) {
                errors.append("\(path):\(line): \(key) must be one value")
                return
            }
            for (name, value) in mapping {
                let names = names + [name.string ?? "?"]
                if isUnknown(names.joined(separator: ".")) {
                    refuse(names.joined(separator: "."), line: name.mark?.line ?? line)
                } else {
                    visit(value, names)
                }
            }
        case .scalar(let scalar):
            let isEmpty = scalar.string.isEmpty || node.null != nil && scalar.style == .plain
            if keys.contains(key) || UnbuiltSettings.keys.contains(key) {
                if !isEmpty { entries[key] = Entry(text: scalar.string, line: line) }
            } else if !isEmpty {
                // A section whose keys are all commented out is empty, which is valid.
                let what = names.isEmpty ? "the file" : key
                errors.append("\(path):\(line): \(what) must be a list of keys with their values\(example(of: key))")
            }
        case .sequence, .alias:
            let what = names.isEmpty ? "the file" : key
            errors.append(
                "\(path):\(line): \(what) must be \(keys.contains(key) ? "one value" : "keys with their values")"
            )
        }
    }

    /// Whether it is neither a key nor the beginning of one.
    private func isUnknown(_ key: String) -> Bool {
        let known = keys.union(UnbuiltSettings.keys)
        return !known.contains(key) && !known.contains { $0.hasPrefix(key + ".") }
    }

    private mutating func refuse(_ key: String, line: Int) {
        let nearest = Spelling.nearest(to: key, among: keys.sorted())
        errors.append(
            "\(path):\(line): \(key) is not a known key" + (nearest.map { "; the nearest is \($0)" } ?? "")
        )
    }

    private func example(of section: String) -> String {
        let key = keys.sorted().first { $0.hasPrefix(section + ".") }
        return key.map { ", such as \($0)" } ?? ""
    }

    private static func explain(_ error: any Error, _ path: String, _ text: String) -> [String] {
        switch error as? YamlError {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            // The context says what was being read, and ends with its line.
            let context = context.map { " " + $0.text } ?? ""
            return ["\(path):\(mark.line): is not YAML:\(context) \(problem) (column \(mark.column))"]
        case .duplicatedKeysInMapping(let duplicates, let context):
            return duplicates.map { key in
                let line = repetition(of: key, in: text, from: context.mark) ?? context.mark.line
                return "\(path):\(line): \(key) stands there more than once"
            }
        case .reader(let problem, let offset, _, let yaml):
            let lines = offset.map { yaml.utf8.prefix($0).count { $0 == UInt8(ascii: "\n") } + 1 }
            return ["\(path):\(lines ?? 1): is not YAML: \(problem)"]
        case .memory, .no, .writer, .emitter, .representer, .dataCouldNotBeDecoded, nil:
            return ["\(path): is not YAML"]
        @unknown default: return ["\(path): is not YAML"]
        }
    }
    /// The line on which a key stands for the second time in a mapping of lines that begins at a place; nil where it cannot
    /// be told, as within braces.
    private static func repetition(of key: String, in text: String, from mark: Mark) -> Int? {
        let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let names = [key, "\"\(key)\"", "'\(key)'"].map { Array($0.utf8) }
        var isKnown = false
        for (index, line) in lines.enumerated().dropFirst(mark.line - 1) {
            let indent = line.prefix { $0 == UInt8(ascii: " ") }.count
            // The first key may stand behind a hyphen.
            guard indent == mark.column - 1 || index == mark.line - 1 else { continue }
            let rest = line.dropFirst(mark.column - 1)
            let isKey = names.contains { name in
                rest.starts(with: name)
                    && rest.dropFirst(name.count).first { $0 != UInt8(ascii: " ") } == UInt8(ascii: ":")
            }
            if isKey, isKnown { return index + 1 }
            isKnown = isKnown || isKey
        }
        return nil
    }
}
