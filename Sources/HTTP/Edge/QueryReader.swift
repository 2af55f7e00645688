import JSON
import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// Reads the parameters of a query with all their errors at once. Which there may be is the route's ``QueryRule``.
struct QueryReader {
    let errors = FieldErrors()
    private let parameters: [QueryString.Parameter]

    init(_ request: Request) {
        parameters = QueryString(request.uri.query).parameters
    }

    private func text(_ name: String) -> String? {
        parameters.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    func parsed<T>(_ name: String, _ code: String, _ message: String, _ parse: (String) -> T?) -> T? {
        guard let text = text(name) else { return nil }
        if let value = parse(text) { return value }
        errors.add("/" + name, code: code, message: message)
        return nil
    }

    func required<T>(_ name: String, _ code: String, _ message: String, _ parse: (String) -> T?) -> T? {
        if text(name) == nil { errors.add("/" + name, code: "required", message: "is required") }
        return parsed(name, code, message, parse)
    }

    func int(_ name: String, in range: ClosedRange<Int>) -> Int? {
        parsed(name, "out_of_range", "must be an integer from \(range.lowerBound) to \(range.upperBound)") { text in
            // No sign: a plus may be a space that was encoded the way of forms.
            guard text.utf8.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }) else { return nil }
            return Int(text).flatMap { range.contains($0) ? $0 : nil }
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

    func check() throws {
        if !errors.isEmpty { throw Problem.query(errors.all) }
    }
}
