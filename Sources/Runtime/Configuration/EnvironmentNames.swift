/// The known `ALMANAC_…` variables. An unknown one is an error: the server names it and does not start.
enum EnvironmentNames {
    static let prefix = "ALMANAC_"

    /// `http.port` is `ALMANAC_HTTP_PORT`.
    static func variable(of key: String) -> String { prefix + key.uppercased().replacing(".", with: "_") }

    /// Variables of our own scripts, tests and examples, which may be set in the shell that starts a server.
    private static let ofScripts: Set<String> = [
        "ALMANAC_API_KEY", "ALMANAC_CALENDAR_ID", "ALMANAC_ORGANIZATION_ID", "ALMANAC_DATA", "ALMANAC_BINARY",
        "ALMANAC_BENCH_BINARY",
        "ALMANAC_TRIALS", "ALMANAC_TRACE", "ALMANAC_WSTEST", "ALMANAC_MODEL_CALENDARS", "ALMANAC_MODEL_SEED",
    ]

    /// The tests' own.
    private static let ofTests = "ALMANAC_TEST_"

    /// The errors in the names of an environment, in their order.
    static func errors(in environment: some Sequence<String>, keys: Set<String>) -> [String] {
        let settings = Set((keys.union(UnbuiltSettings.keys)).map(variable))
        let known = settings.union(ofScripts)
        let candidates = settings.sorted()
        return environment.filter { $0.hasPrefix(prefix) && !$0.hasPrefix(ofTests) && !known.contains($0) }.sorted()
            .map { name in
                let nearest = Spelling.nearest(to: name, among: candidates)
                return "\(name) is not a known setting" + (nearest.map { "; the nearest is \($0)" } ?? "")
            }
    }

    /// Variables that are set without effect in this release.
    static func unbuilt(in environment: [String: String]) -> [String] {
        UnbuiltSettings.keys.map(variable).filter { environment[$0]?.isEmpty == false }.sorted()
    }
}
