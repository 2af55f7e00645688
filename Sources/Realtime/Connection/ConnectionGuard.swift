import AlmanacRuntime
import NIOCore
import NIOHTTP1

/// Stands before the HTTP decoder: lets requests through one at a time, whole heads only and none that could be
/// understood in two ways, and ends connections whose client is too slow or was refused. See docs/connections.md.
///
///             first byte          head whole           body whole           answer ended
///     idle ──────────────► head ────────────► body ────────────► answering ─────────────► idle
///                            │                 │                     │
///                            │ fault, late     │ answer ended first  │ the last request
///                            └─────────────────┴────────►  lingering ◄┘ ──► closed
///     answering ──upgraded──► passing
///
/// Bytes of a next request wait here until the answer before it has ended; while some wait nothing more is read.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    enum Phase: Equatable {
        case idle, head, body, answering, lingering, passing
    }

    /// What becomes of the connection after an answer.
    enum Fate {
        case isKept, isKeptOld, ends
    }

    let policy: ConnectionPolicy
    let isReserve: Bool
    var phase = Phase.idle
    private var context: ChannelHandlerContext?
    /// What came and was not let through.
    private var held = ByteBuffer()
    /// How far the held bytes were searched for the end of a head.
    private var search = HeadSearch()
    private var request: RequestHead?
    private var chunks = ChunkedBody()
    private var bodyLeft = 0
    /// Whether the answer that is being written is the last.
    private var isClosing = false
    /// A fault in the body: nothing more of it is let through.
    private var isBroken = false
    private var isReadWanted = false
    private var isInputClosed = false
    private var isInputCloseTold = false
    /// Whether the last answer has been taken by the kernel.
    private var isAllWritten = false
    var pace = Pace()

    init(_ policy: ConnectionPolicy, isReserve: Bool) {
        self.policy = policy
        self.isReserve = isReserve
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        pace.stop()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    private func begin(_ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        pace.since = now
        due(now + (isReserve ? policy.limits.reserveIdle : policy.limits.idle))
    }

    func channelInactive(context: ChannelHandlerContext) {
        pace.stop()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .passing: context.fireChannelRead(data)
        case .lingering: break
        case .idle, .head, .body, .answering:
            var buffer = unwrapInboundIn(data)
            if held.readableBytes == 0 { held = buffer } else { held.writeBuffer(&buffer) }
            letThrough(context)
        }
    }

    func read(context: ChannelHandlerContext) {
        if phase == .answering, held.readableBytes > 0 {
            isReadWanted = true
        } else {
            context.read()
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        pace.written += unwrapOutboundIn(data).readableBytes
        context.write(data, promise: promise)
    }

    /// Whoever is done with writing: what was written is let out first.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, phase != .passing else { return context.close(mode: mode, promise: promise) }
        if phase != .lingering { end(context) }
        promise?.succeed()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let closed = event as? ChannelEvent, closed == .inputClosed else {
            return context.fireUserInboundEventTriggered(event)
        }
        isInputClosed = true
        switch phase {
        case .lingering: if isAllWritten { context.close(promise: nil) }
        case .head: refuse(.malformed("The request ends before its header does."))
        case .idle, .body, .answering, .passing: tellInputClosed(context)
        }
    }

    /// The rest hears of the end once it has had what came before.
    private func tellInputClosed(_ context: ChannelHandlerContext) {
        guard isInputClosed, !isInputCloseTold, held.readableBytes == 0 || phase == .body else { return }
        isInputCloseTold = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    // MARK: Requests

    private func letThrough(_ context: ChannelHandlerContext) {
        while held.readableBytes > 0 {
            switch phase {
            case .idle, .head:
                guard takeHead(context) else { return }
            case .body:
                takeBody(context)
                return
            case .answering, .lingering, .passing: return
            }
        }
    }

    /// Lets a head through with what has come of its body. False if there is nothing more to do now.
    private func takeHead(_ context: ChannelHandlerContext) -> Bool {
        do throws(ConnectionFault) {
            if phase == .idle {
                phase = .head
                (pace.idleSince, pace.since) = (pace.since, context.eventLoop.now)
                search = HeadSearch()
            }
            let limit = policy.limits.maxHeadBytes
            let end = try held.withUnsafeReadableBytes { bytes throws(ConnectionFault) in
                try search.find(bytes, atMost: limit)
            }
            if search.leading > 0 { held.moveReaderIndex(forwardBy: search.dropLeading()) }
            guard let end else {
                if held.readableBytes == 0 {
                    phase = .idle
                    pace.since = pace.idleSince
                } else {
                    due(pace.since + (isReserve ? policy.limits.reserveIdle : policy.limits.head))
                }
                return false
            }
            let head = try held.withUnsafeReadableBytes { bytes throws(ConnectionFault) in
                try RequestHead(
                    UnsafeRawBufferPointer(rebasing: bytes[..<end]), maxFields: policy.limits.maxHeadFields
                )
            }
            if isReserve, !head.isForOperator { throw .full }
            begin(head, length: end, context)
            return true
        } catch {
            refuse(error)
            return false
        }
    }

    private func begin(_ head: RequestHead, length: Int, _ context: ChannelHandlerContext) {
        request = head
        isClosing = false
        var taken = length
        var here = 0
        switch head.body {
        case .none: phase = .answering
        case .length(let count):
            here = min(count, held.readableBytes - length)
            taken += here
            bodyLeft = count - here
            phase = bodyLeft == 0 ? .answering : .body
        case .chunked:
            chunks = ChunkedBody()
            bodyLeft = 0
            phase = .body
        }
        if let method = head.foreignMethodLength { renameMethod(method, &taken) }
        guard let bytes = held.readSlice(length: taken) else { return }
        compact()
        if phase == .body { beginBody(context, here) }
        context.fireChannelRead(wrapInboundOut(bytes))
        if phase == .body, held.readableBytes > 0 { takeBody(context) }
    }

    /// The decoder knows some methods and not others; the router answers all that are not ours alike.
    private func renameMethod(_ length: Int, _ taken: inout Int) {
        var renamed = ByteBuffer()
        renamed.reserveCapacity(held.readableBytes + 5)
        renamed.writeStaticString("TRACE")
        held.moveReaderIndex(forwardBy: length)
        renamed.writeBuffer(&held)
        held = renamed
        taken += 5 - length
    }

    private func takeBody(_ context: ChannelHandlerContext) {
        if isBroken {
            held.clear()
            return
        }
        var taken = 0
        if request?.body == .chunked {
            do throws(ConnectionFault) {
                let limits = policy.limits
                taken = try held.withUnsafeReadableBytes { bytes throws(ConnectionFault) in
                    try chunks.read(bytes, limits)
                }
                if chunks.isDone { phase = .answering }
            } catch {
                return breakBody(context, HTTPParserError.invalidChunkSize)
            }
        } else {
            taken = min(bodyLeft, held.readableBytes)
            bodyLeft -= taken
            if bodyLeft == 0 { phase = .answering }
        }
        guard let bytes = held.readSlice(length: taken) else { return }
        compact()
        pace.received += taken
        context.fireChannelRead(wrapInboundOut(bytes))
    }

    /// Whoever reads the body is told, and answers.
    func breakBody(_ context: ChannelHandlerContext, _ error: any Error) {
        isBroken = true
        held.clear()
        ConnectionMetrics.count(error is BodyTimeout ? .slow : .malformed)
        context.fireErrorCaught(error)
    }

    /// Lets go of memory that has been read.
    private func compact() {
        if held.readableBytes == 0 { held = ByteBuffer() }
    }

    // MARK: Answers

    /// Nothing is written any more.
    var isEnding: Bool { phase == .lingering }

    /// - Parameter closing: whether the answer itself says so.
    func answerBegins(closing: Bool) -> Fate {
        // A body that has not come whole is not waited for: whoever answers without it has refused it.
        isClosing = closing || phase == .body || isBroken || isReserve || request?.isLast == true
        if isClosing { return .ends }
        return request?.isKeptOld == true ? .isKeptOld : .isKept
    }

    func answerEnded() {
        guard let context else { return }
        if isClosing || phase == .body { return end(context) }
        guard phase == .answering else { return }
        phase = .idle
        let now = context.eventLoop.now
        pace.since = now
        // A first look is for whether the answer is being taken.
        due(now + min(policy.limits.idle, policy.limits.slow))
        guard held.readableBytes > 0 || isReadWanted || isInputClosed else { return }
        // Not within the write of the answer.
        context.eventLoop.assumeIsolated().execute { self.goOn() }
    }

    private func goOn() {
        guard let context, phase != .passing else { return }
        if held.readableBytes > 0 {
            letThrough(context)
            // What goes through is taken up then.
            context.fireChannelReadComplete()
        }
        tellInputClosed(context)
        if isReadWanted, !(phase == .answering && held.readableBytes > 0) {
            isReadWanted = false
            context.read()
        }
    }

    /// Ends the connection behind what was written, reading for a while what still comes (RFC 9112 §9.6).
    private func end(_ context: ChannelHandlerContext) {
        phase = .lingering
        held = ByteBuffer()
        // Closing now would throw away what the client has not taken yet.
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in self.allWritten() }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: written)
        guard !isAllWritten else { return }
        due(context.eventLoop.now + policy.limits.slow)
        context.read()
    }

    private func allWritten() {
        isAllWritten = true
        guard let context else { return }
        if isInputClosed { return context.close(promise: nil) }
        context.close(mode: .output, promise: nil)
        due(context.eventLoop.now + policy.limits.linger)
        context.read()
    }

    /// Answers what cannot be let through, and ends the connection. There is no other answer under way.
    func refuse(_ fault: ConnectionFault) {
        guard let context else { return }
        ConnectionMetrics.count(fault == .late ? .slow : fault == .full ? .full : .malformed)
        let bytes = policy.answer(to: fault)
        pace.written += bytes.readableBytes
        context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
        end(context)
    }

    // MARK: Upgrades

    /// The connection has left HTTP: what was held goes through, and whatever comes.
    func pass() {
        guard let context else { return }
        phase = .passing
        pace.stop()
        if held.readableBytes > 0 {
            let bytes = held
            held = ByteBuffer()
            context.fireChannelRead(wrapInboundOut(bytes))
            context.fireChannelReadComplete()
        }
        tellInputClosed(context)
        context.read()
    }

    // MARK: Time

    /// Has the connection looked at then, or sooner.
    func due(_ deadline: NIODeadline) {
        pace.deadline = deadline
        guard let context, pace.isUnscheduled else { return }
        pace.schedule(on: context.eventLoop) { [weak self] in
            guard let self, let context = self.context else { return }
            pace.fired()
            look(context)
        }
    }

    private func beginBody(_ context: ChannelHandlerContext, _ received: Int) {
        pace.since = context.eventLoop.now
        pace.received = received
        due(pace.since + policy.limits.slow)
    }

    private func look(_ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        guard now >= pace.deadline else { return due(pace.deadline) }
        let limits = policy.limits
        switch phase {
        case .passing: return
        case .lingering where isAllWritten: context.close(promise: nil)
        case .head: refuse(.late)
        case .body:
            let end = pace.bodyDeadline(limits)
            if isBroken {
                // Nobody has answered for it; what waits to be written is none of the client's.
                due(now + limits.slow)
            } else if now < end {
                due(end)
            } else {
                due(now + limits.slow)
                breakBody(context, BodyTimeout())
            }
        case .idle, .answering, .lingering:
            let waiting = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
            if pace.isStalled(waiting: waiting, now, limits) {
                ConnectionMetrics.count(.stalled)
                return context.close(promise: nil)
            }
            let idle = isReserve ? limits.reserveIdle : limits.idle
            if waiting > 0 || phase != .idle {
                due(now + limits.slow)
            } else if now >= pace.since + idle {
                ConnectionMetrics.count(.idle)
                context.close(promise: nil)
            } else {
                due(pace.since + idle)
            }
        }
    }
}
