import JSON
import AlmanacRuntime
import Scheduling

/// A merge patch (RFC 7396) of a small resource.
enum PatchBody {
    /// Records the fields that the resource does not have: laid over it, a null of one would be lost in silence.
    static func check(_ patch: JSON, known: Set<String>, errors: FieldErrors) {
        let known = Set(known.map(\.exact))
        for (key, value) in patch.object ?? JSONObject() where value == .null && !known.contains(key.exact) {
            errors.add(JSONPointer.appending(key, to: ""), code: "unknown_field", message: "is not a known field")
        }
    }

    /// What is no object is handed on as it is, to be refused by whoever reads it.
    static func merge(_ patch: JSON, over present: JSON) -> JSON {
        patch.object == nil ? patch : present.mergePatch(patch)
    }
}
