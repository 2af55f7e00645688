import AlmanacRuntime
import Scheduling

/// Which part of a list is asked for.
struct ListPage: Sendable {
    let limit: Int
    /// The last item of the page before.
    let cursor: ID?
    let mark: ListMark
}

/// Makes the cursors of one list: each names an item, and is good for this list, these filters and this organization
/// alone, for it carries 16 bytes of an HMAC over them.
struct ListMark: Sendable {
    private let purpose: String
    private let secrets: Secrets

    init(path: String, organization: ID?, parameters: [QueryString.Parameter], _ secrets: Secrets) {
        self.secrets = secrets
        // Each part with its length in front: no two lists of parts make one text.
        var parts = [Array(path.utf8), organization?.bytes ?? []]
        let filters = parameters.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }
            .filter { !$0.name.elementsEqual("limit".utf8) && !$0.name.elementsEqual("cursor".utf8) }
            .sorted { $0.name.lexicographicallyPrecedes($1.name) }
        for filter in filters { parts += [filter.name, filter.value] }
        let text = parts.flatMap { Array("\($0.count) ".utf8) + $0 }
        purpose = "cursor " + Base64URL.encode(Secrets.digest(text))
    }

    func cursor(_ id: ID) -> String { secrets.token(purpose, id) }

    /// Nil for what is no cursor of this list.
    func id(_ cursor: String) -> ID? { secrets.id(purpose, token: cursor) }
}
