/// Which Almanac this is.
public enum Release {
    /// Semantic version; the contract (`openapi/openapi.yaml`), the command line and the metrics have the same.
    public static let version = "1.0.0"
}
