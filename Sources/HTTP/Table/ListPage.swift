import JSON
import AlmanacRuntime
import Hummingbird
import Scheduling
import TenantActors

/// The requested part of a list.
struct ListPage: Sendable {
    /// The most items of this page.
    let limit: Int
    /// The last item of the previous page.
    let cursor: ID?
    let mark: ListMark

    /// The number of items to load: one more shows whether there is a next page.
    var lookahead: Int { limit + 1 }

    func answer<T>(_ items: [T], id: KeyPath<T, ID>, write: (T, inout JSONWriter) -> Void) -> Response {
        let next = items.count > limit ? items.prefix(limit).last.map { mark.cursor($0[keyPath: id]) } : nil
        return .list(items.prefix(limit), next: next, write)
    }
}

extension QueryReader {
    /// `limit` and `cursor` of a list of this organization's; nil: of the operator's.
    ///
    /// - Parameter filters: what the list is narrowed down to (``ListMark``).
    func page(_ call: Call, of organization: ID?, filters: [[UInt8]] = []) -> ListPage {
        let mark = ListMark(
            route: call.path, id: call.context.parameters.get("id").flatMap { ID($0) }, organization: organization,
            filters: filters, call.services.secrets
        )
        let limit = int("limit", in: 1...200) ?? 50
        let cursor = parsed("cursor", "invalid_cursor", "must be a next_cursor of this list and these filters") {
            mark.id($0)
        }
        return ListPage(limit: limit, cursor: cursor, mark: mark)
    }
}

/// Makes the cursors of one list: each names an item, and is good for this list, these filters and this organization
/// alone, for it carries 16 bytes of an HMAC over them.
struct ListMark: Sendable {
    private let purpose: String
    private let secrets: Secrets

    /// - Parameters:
    ///   - route: the template of the list's path.
    ///   - id: the one in the path, if there is one.
    ///   - filters: what each of them says, however it was spelled; the same ones in the same order each time.
    init(route: String, id: ID?, organization: ID?, filters: [[UInt8]], _ secrets: Secrets) {
        self.secrets = secrets
        // Each part with its length in front: no two lists of parts make one text.
        let parts = [Array(route.utf8), id?.bytes ?? [], organization?.bytes ?? []] + filters
        let text = parts.flatMap { Array("\($0.count) ".utf8) + $0 }
        purpose = "cursor " + Base64URL.encode(Secrets.digest(text))
    }

    func cursor(_ id: ID) -> String { secrets.token(purpose, id) }

    /// Nil for what is no cursor of this list.
    func id(_ cursor: String) -> ID? { secrets.id(purpose, token: cursor) }
}
