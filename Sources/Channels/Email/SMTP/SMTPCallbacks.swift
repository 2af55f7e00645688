import CCurl

/// The functions that libcurl calls, on the thread of the handle, with the exchange as their last argument.
enum SMTPCallbacks {
    private typealias Transfer =
        @convention(c) (UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?) -> Int
    private typealias Trace =
        @convention(c) (
            UnsafeMutableRawPointer?, curl_infotype, UnsafeMutablePointer<CChar>?, Int, UnsafeMutableRawPointer?
        ) -> Int32
    private typealias Progress =
        @convention(c) (UnsafeMutableRawPointer?, curl_off_t, curl_off_t, curl_off_t, curl_off_t) -> Int32

    private static let read: Transfer = { buffer, size, count, state in
        guard let buffer, let exchange = exchange(state) else { return Int(CURL_READFUNC_ABORT) }
        return exchange.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size * count))
    }

    /// Discards replies to NOOP and the like, which libcurl would print.
    private static let discard: Transfer = { _, size, count, _ in size * count }

    private static let trace: Trace = { _, kind, text, size, state in
        guard let text, let exchange = exchange(state) else { return 0 }
        let line = UnsafeRawBufferPointer(start: text, count: size)
        switch kind {
        case CURLINFO_HEADER_IN: exchange.noteReply(line)
        case CURLINFO_HEADER_OUT: exchange.noteCommand(line)
        default: break
        }
        return 0
    }

    private static let progress: Progress = { state, _, _, _, _ in exchange(state)?.isOver == true ? 1 : 0 }

    /// - Parameter exchange: must outlive the handle.
    static func install(_ exchange: SMTPExchange, on handle: UnsafeMutableRawPointer) -> Bool {
        let state = Unmanaged.passUnretained(exchange).toOpaque()
        let pointers = [CURLOPT_READDATA, CURLOPT_DEBUGDATA, CURLOPT_XFERINFODATA].map {
            almanac_setopt_pointer(handle, $0, state)
        }
        let functions = [
            almanac_setopt_read(handle, read), almanac_setopt_write(handle, discard),
            almanac_setopt_debug(handle, trace), almanac_setopt_progress(handle, progress),
            // libcurl traces only if it is verbose. With a trace function set, it prints nothing.
            almanac_setopt_long(handle, CURLOPT_VERBOSE, 1),
        ]
        return (pointers + functions).allSatisfy { $0 == CURLE_OK }
    }

    private static func exchange(_ state: UnsafeMutableRawPointer?) -> SMTPExchange? {
        state.map { Unmanaged<SMTPExchange>.fromOpaque($0).takeUnretainedValue() }
    }
}
