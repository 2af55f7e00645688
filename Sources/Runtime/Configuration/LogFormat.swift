/// How a line of the log looks.
public enum LogFormat: String, Sendable {
    /// For people.
    case text
    /// For programs: an object a line.
    case json
}
