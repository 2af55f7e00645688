/// What a client takes of content codings (RFC 9110 §12.5.3). Pure.
struct AcceptEncoding: Equatable {
    /// Weights in thousandths; nil where the header does not say.
    private var gzip: Int?
    private var identity: Int?
    private var others: Int?

    /// - Parameter value: of the header; longer ones than any client sends are not read.
    init(_ value: String) {
        guard value.utf8.count <= 1_024 else { return }
        for member in value.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = member.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            guard let first = parts.first else { continue }
            let coding = Self.word(first)
            let weight = parts.dropFirst().lazy.compactMap(Self.weight).first ?? 1_000
            if coding == Array("gzip".utf8) || coding == Array("x-gzip".utf8) { gzip = max(gzip ?? 0, weight) }
            if coding == Array("identity".utf8) { identity = weight }
            if coding == Array("*".utf8) { others = weight }
        }
    }

    /// Whether gzip is taken, and not less gladly than what is not compressed.
    var prefersGzip: Bool {
        let weight = gzip ?? others ?? 0
        return weight > 0 && weight >= identity ?? 0
    }

    private static func word(_ bytes: Substring.UTF8View) -> [UInt8] {
        bytes.filter { $0 != 0x20 && $0 != 0x09 }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    /// `q=0.5` and so on; nil for another parameter. What is no weight counts as none.
    private static func weight(_ parameter: Substring.UTF8View) -> Int? {
        let bytes = word(parameter)
        guard bytes.starts(with: "q=".utf8) else { return nil }
        let digits = bytes.dropFirst(2)
        guard let whole = digits.first, whole == UInt8(ascii: "0") || whole == UInt8(ascii: "1"), digits.count <= 5
        else {
            return 0
        }
        if digits.count == 1 { return whole == UInt8(ascii: "1") ? 1_000 : 0 }
        guard digits.dropFirst().first == UInt8(ascii: ".") else { return 0 }
        var (value, place) = (0, 100)
        for digit in digits.dropFirst(2) {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return 0 }
            value += Int(digit - UInt8(ascii: "0")) * place
            place /= 10
        }
        return whole == UInt8(ascii: "1") ? 1_000 : value
    }
}
