import Configuration
import Foundation
import SystemPackage
import Yams

/// Finds the configuration: the environment first, then a YAML file.
public enum ConfigurationLoader {
    /// - Parameter path: the file named on the command line; without one `config/almanac.yaml` is read if it is there.
    ///   `overrides` wins over both.
    public static func load(
        path: String?, overrides: [String: String] = [:]
    ) async throws(ConfigurationError) -> AlmanacConfiguration {
        let file = path ?? "config/almanac.yaml"
        let fixed = overrides.map { (AbsoluteConfigKey($0.key.split(separator: ".").map(String.init)), $0.value) }
        var providers: [any ConfigProvider] = [
            InMemoryProvider(values: Dictionary(fixed.map { ($0, ConfigValue(.string($1), isSecret: true)) }) { $1 }),
            EnvironmentVariablesProvider().prefixKeys(with: "almanac"),
        ]
        if path != nil || FileManager.default.fileExists(atPath: file) {
            try checkKeys(file)
            do {
                providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(file)))
            } catch {
                throw ConfigurationError(errors: ["\(file): cannot be read as YAML"])
            }
        }
        return try AlmanacConfiguration(reader: ConfigReader(providers: providers))
    }

    /// A key that means nothing is a mistake, not a remark.
    private static func checkKeys(_ file: String) throws(ConfigurationError) {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
            throw ConfigurationError(errors: ["\(file): cannot be read"])
        }
        let node: Yams.Node?
        do {
            node = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationError(errors: ["\(file): is not YAML"])
        }
        guard let node else { return }
        var unknown: [String] = []
        func visit(_ node: Yams.Node, _ path: [String]) {
            if case .mapping(let mapping) = node {
                for (key, value) in mapping { visit(value, path + [key.string ?? ""]) }
            } else if !AlmanacConfiguration.keys.contains(path.joined(separator: ".")) {
                unknown.append("\(file): \(path.joined(separator: ".")) is not a known key")
            }
        }
        visit(node, [])
        if !unknown.isEmpty { throw ConfigurationError(errors: unknown) }
    }
}
