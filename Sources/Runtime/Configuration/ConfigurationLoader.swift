import Configuration
import Foundation

/// Finds the configuration: the environment first, then a YAML file.
public enum ConfigurationLoader {
    /// - Parameters:
    ///   - parts: the parts of the server whose settings are read too; the keys of other parts are unknown.
    ///   - path: the file named on the command line; otherwise `config/almanac.yaml` if it exists.
    ///   - overrides: by key; they win over both.
    ///   - environment: the process's own if nil.
    public static func load(
        _ parts: [any Settings.Type], path: String?, overrides: [String: String] = [:],
        environment given: [String: String]? = nil
    ) async throws(ConfigurationError) -> AlmanacConfiguration {
        let environment = given ?? ProcessInfo.processInfo.environment
        let keys = parts.reduce(AlmanacConfiguration.keys) { $0.union($1.keys) }
        var errors = EnvironmentNames.errors(in: environment.keys, keys: keys)
        var unbuilt = EnvironmentNames.unbuilt(in: environment)
        let variables = Dictionary(
            keys.compactMap { key in
                environment[EnvironmentNames.variable(of: key)].map { (key, $0) }
            }
        ) { $1 }
        var providers = [provider(overrides), provider(variables)]
        var places: [String: String] = [:]
        let usual = "config/almanac.yaml"
        if path != nil || FileManager.default.fileExists(atPath: usual) {
            do {
                let file = try ConfigurationFile(path: path ?? usual, keys: keys)
                errors += file.errors
                unbuilt += UnbuiltSettings.keys.filter { file.entries[$0] != nil }.sorted()
                providers.append(provider(file.entries.mapValues(\.text)))
                for key in file.entries.keys where variables[key] == nil && overrides[key] == nil {
                    places[key] = file.place(of: key)
                }
            } catch {
                errors += error.errors
            }
        }
        return try AlmanacConfiguration(
            reader: ConfigReader(providers: providers), parts: parts, places: places, unbuilt: unbuilt, errors: errors
        )
    }

    private static func provider(_ values: [String: String]) -> any ConfigProvider {
        let pairs = values.map { key, text in
            (AbsoluteConfigKey(key.split(separator: ".").map(String.init)), ConfigValue(.string(text), isSecret: true))
        }
        return InMemoryProvider(values: Dictionary(pairs) { $1 })
    }
}
