import CHiredis

/// hiredis makes room for an array as soon as it has read its length. A length that no real reply has would cost
/// gigabytes and seconds, so such a reply counts as broken.
enum BoundedArrays {
    /// The most elements of an array.
    private static let maxElements: Int32 = 1_048_576

    // hiredis has these functions in a constant; nobody writes through the pointers after they are made here.
    private nonisolated(unsafe) static let plain: UnsafeMutablePointer<redisReplyObjectFunctions>? = {
        guard let reader = redisReaderCreate() else { return nil }
        defer { redisReaderFree(reader) }
        return reader.pointee.fn
    }()

    /// hiredis's own functions but for the one that makes arrays; they last as long as the process.
    private nonisolated(unsafe) static let functions: UnsafeMutablePointer<redisReplyObjectFunctions>? = {
        guard let plain else { return nil }
        let functions = UnsafeMutablePointer<redisReplyObjectFunctions>.allocate(capacity: 1)
        functions.initialize(to: plain.pointee)
        functions.pointee.createArray = { task, count in
            guard count <= BoundedArrays.maxElements else { return nil }
            return BoundedArrays.plain?.pointee.createArray?(task, count)
        }
        return functions
    }()

    static func limit(_ reader: UnsafeMutablePointer<redisReader>) {
        if let functions { reader.pointee.fn = functions }
    }
}
