import CCurl

/// The functions libcurl calls back, on the thread of the handle, with the exchange as their last argument.
enum SMTPCallbacks {
    private typealias Transfer = @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    private typealias Progress =
        @convention(c) (UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> Int32

    private static let read: Transfer = { buffer, size, count, state in
        guard let buffer, let exchange = exchange(state) else { return Int(CURL_READFUNC_ABORT) }
        return exchange.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
    }

    private static let header: Transfer = { buffer, size, count, state in
        if let buffer { exchange(state)?.note(UnsafeRawBufferPointer(start: buffer, count: size * count)) }
        return size * count
    }

    private static let discard: Transfer = { _, size, count, _ in size * count }

    private static let progress: Progress = { state, _, _, _, _ in exchange(state)?.isOver == true ? 1 : 0 }

    /// - Parameter exchange: has to outlive the handle.
    static func install(_ exchange: SMTPExchange, on handle: UnsafeMutableRawPointer) -> Bool {
        let state = Unmanaged.passUnretained(exchange).toOpaque()
        let pointers = [CURLOPT_READDATA, CURLOPT_HEADERDATA, CURLOPT_XFERINFODATA].map {
            almanac_setopt_pointer(handle, $0, state)
        }
        let functions = [
            almanac_setopt_read(handle, read), almanac_setopt_write(handle, CURLOPT_HEADERFUNCTION, header),
            almanac_setopt_write(handle, CURLOPT_WRITEFUNCTION, discard), almanac_setopt_progress(handle, progress),
        ]
        return (pointers + functions).allSatisfy { $0 == CURLE_OK }
    }

    private static func exchange(_ state: UnsafeMutableRawPointer?) -> SMTPExchange? {
        state.map { Unmanaged<SMTPExchange>.fromOpaque($0).takeUnretainedValue() }
    }
}
