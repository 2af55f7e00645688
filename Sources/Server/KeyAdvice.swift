/// The advice to an operator whose encryption key is missing, or is not the one that the database knows.
public enum KeyAdvice {
    private static let setting = "encryption.key (ALMANAC_ENCRYPTION_KEY)"
    private static let other = "is not the key that this database was first served with"
    private static let lost = "if that key is lost, see \"A lost encryption key\" in docs/operations.md"

    public static let otherNode = "\(setting): \(other): give this node the key of the others; \(lost)"

    public static func otherFile(_ file: KeyFile) -> String {
        "\(file.path): \(other): put the right file back, or set \(setting); \(lost)"
    }

    public static func otherSetting(_ file: KeyFile) -> String {
        "\(setting): \(other): set the right one, or leave it out if it lies in \(file.path); \(lost)"
    }

    public static func missingFile(_ file: KeyFile) -> String {
        "\(file.path): is missing, and the database was served with the key in it: put it back, or set \(setting) to"
            + " what it held; \(lost)"
    }
}
