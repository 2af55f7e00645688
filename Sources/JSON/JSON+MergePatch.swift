extension JSON {
    /// This value changed by `patch` (RFC 7396): null removes a member, objects merge, other values replace.
    ///
    /// Members keep their place, new ones follow in the order of the patch. Takes linear time.
    public func mergePatch(_ patch: JSON) -> JSON {
        guard case .object(let changes) = patch else { return patch }
        let target = object ?? JSONObject()
        var merged = JSONObject()
        for (key, value) in target {
            switch changes[key] {
            case nil: merged.append(key, value)
            case .null?: break
            case let change?: merged.append(key, value.mergePatch(change))
            }
        }
        for (key, change) in changes where change != .null && target.place(of: key) == nil {
            merged.append(key, JSON.null.mergePatch(change))
        }
        return .object(merged)
    }
}
