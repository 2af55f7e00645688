import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// Reads the parameters of a query with all their errors at once. Parameters nobody reads are ignored.
struct QueryReader {
    let errors = FieldErrors()
    private let values: [(ExactText, String)]

    init(_ request: Request) {
        values = request.uri.queryParameters.map { ($0.key.exact, String($0.value)) }
    }

    /// The first value of a parameter that is nobody's but the reader's.
    func first(_ name: ExactText) -> String? { values.first { $0.0 == name }?.1 }

    private func text(_ name: String) -> String? {
        let given = values.filter { $0.0 == name.exact }
        if given.count > 1 { errors.add("/" + name, code: "duplicate", message: "must be given once") }
        return given.count == 1 ? given[0].1 : nil
    }

    func parsed<T>(_ name: String, _ code: String, _ message: String, _ parse: (String) -> T?) -> T? {
        guard let text = text(name) else { return nil }
        if let value = parse(text) { return value }
        errors.add("/" + name, code: code, message: message)
        return nil
    }

    func required<T>(_ name: String, _ code: String, _ message: String, _ parse: (String) -> T?) -> T? {
        if !values.contains(where: { $0.0 == name.exact }) {
            errors.add("/" + name, code: "required", message: "is required")
        }
        return parsed(name, code, message, parse)
    }

    func int(_ name: String, in range: ClosedRange<Int>) -> Int? {
        parsed(name, "out_of_range", "must be an integer from \(range.lowerBound) to \(range.upperBound)") { text in
            Int(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    func id(_ name: String) -> ID? { parsed(name, "invalid_id", "must be a UUID") { ID($0) } }

    func zone(_ zones: ZoneDatabase) -> Zone? {
        parsed("timezone", "invalid_timezone", "must be an IANA time zone name of the installed database") {
            try? zones.zone($0)
        }
    }

    static let boundRule = "must be a date such as 2026-11-02 or an RFC 3339 instant with an offset"

    /// `from` and `to`, both required.
    func range() -> RangeQuery? {
        let from = required("from", "invalid_range", Self.boundRule) { RangeBound($0) }
        let to = required("to", "invalid_range", Self.boundRule) { RangeBound($0) }
        guard let from, let to else { return nil }
        return RangeQuery(from: from, to: to)
    }

    /// `limit` and `cursor` of a list.
    func page() -> (limit: Int, cursor: ID?) {
        let limit = int("limit", in: 1...200) ?? 50
        let cursor = parsed("cursor", "invalid_cursor", "must be a next_cursor of this list") { text in
            Base64URL.decode(text).flatMap { ID(bytes: $0) }
        }
        return (limit, cursor)
    }

    func check() throws {
        if !errors.isEmpty { throw Problem.query(errors.all) }
    }
}
