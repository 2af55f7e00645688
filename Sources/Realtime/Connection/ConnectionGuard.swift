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
    private(set) var context: ChannelHandlerContext?
    private(set) var intake = RequestIntake()
    /// Whether the answer that is being written is the last.
    private var isClosing = false
    /// A fault in the body: nothing more of it is let through.
    private(set) var isBroken = false
    private var isReadWanted = false
    private var isInputClosed = false
    private var isInputCloseTold = false
    /// Whether the last answer has been taken by the kernel.
    private(set) var isAllWritten = false
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
        due(now + idleLimit)
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
            intake.append(unwrapInboundIn(data))
            letThrough(context)
        }
    }

    func read(context: ChannelHandlerContext) {
        if phase == .answering, !intake.isEmpty {
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
        guard isInputClosed, !isInputCloseTold, intake.isEmpty || phase == .body else { return }
        isInputCloseTold = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    // MARK: Requests

    private func letThrough(_ context: ChannelHandlerContext) {
        while !intake.isEmpty {
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
                intake.beginHead()
            }
            guard let bytes = try intake.takeHead(policy.limits) else {
                if intake.isEmpty {
                    phase = .idle
                    pace.since = pace.idleSince
                } else {
                    due(pace.since + (isReserve ? policy.limits.reserveIdle : policy.limits.head))
                }
                return false
            }
            if isReserve, intake.request?.isForOperator != true { throw .full }
            isClosing = false
            phase = intake.isWhole ? .answering : .body
            if phase == .body {
                pace.since = context.eventLoop.now
                due(pace.since + policy.limits.slow)
            }
            context.fireChannelRead(wrapInboundOut(bytes))
            if phase == .body, !intake.isEmpty { takeBody(context) }
            return true
        } catch {
            refuse(error)
            return false
        }
    }

    private func takeBody(_ context: ChannelHandlerContext) {
        if isBroken {
            _ = intake.takeAll()
            return
        }
        do throws(ConnectionFault) {
            let bytes = try intake.takeBody(policy.limits)
            if intake.isWhole { phase = .answering }
            context.fireChannelRead(wrapInboundOut(bytes))
        } catch {
            breakBody(context, HTTPParserError.invalidChunkSize)
        }
    }

    /// Whoever reads the body is told, and answers.
    func breakBody(_ context: ChannelHandlerContext, _ error: any Error) {
        isBroken = true
        _ = intake.takeAll()
        ConnectionMetrics.count(error is BodyTimeout ? .slow : .malformed)
        context.fireErrorCaught(error)
    }

    // MARK: Answers

    /// Nothing is written any more.
    var isEnding: Bool { phase == .lingering }

    /// - Parameter closing: whether the answer itself says so.
    func answerBegins(closing: Bool) -> Fate {
        // A body that has not come whole is not waited for: whoever answers without it has refused it.
        isClosing = closing || phase == .body || isBroken || isReserve || intake.request?.isLast == true
        if isClosing { return .ends }
        return intake.request?.isKeptOld == true ? .isKeptOld : .isKept
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
        guard !intake.isEmpty || isReadWanted || isInputClosed else { return }
        // Not within the write of the answer.
        context.eventLoop.assumeIsolated().execute { self.goOn() }
    }

    private func goOn() {
        guard let context, phase != .passing else { return }
        if !intake.isEmpty {
            letThrough(context)
            // What goes through is taken up then.
            context.fireChannelReadComplete()
        }
        tellInputClosed(context)
        if isReadWanted, !(phase == .answering && !intake.isEmpty) {
            isReadWanted = false
            context.read()
        }
    }

    /// Ends the connection behind what was written, reading for a while what still comes (RFC 9112 §9.6).
    private func end(_ context: ChannelHandlerContext) {
        phase = .lingering
        _ = intake.takeAll()
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
        if !intake.isEmpty {
            context.fireChannelRead(wrapInboundOut(intake.takeAll()))
            context.fireChannelReadComplete()
        }
        tellInputClosed(context)
        context.read()
    }
}
