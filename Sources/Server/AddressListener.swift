import Glibc
import NIOCore
import ServiceLifecycle

/// A listener that says by which settings it listens where it cannot.
struct AddressListener: Service {
    let listener: any Service
    let host: String
    let port: Int
    /// The settings that the address is made of.
    let keys: String

    func run() async throws {
        do {
            try await listener.run()
        } catch let error as IOError {
            throw refusal(String(cString: strerror(error.errnoCode)))
        } catch is SocketAddressError.UnknownHost {
            throw refusal("the host has no address")
        }
    }

    private func refusal(_ reason: String) -> ListenError {
        ListenError(address: "\(host):\(port)", settings: keys, reason: reason)
    }
}

/// The address cannot be listened on.
public struct ListenError: Error, CustomStringConvertible {
    public let address: String
    /// Which settings it is made of.
    public let settings: String
    public let reason: String

    public var description: String { "cannot listen on \(address) (\(settings)): \(reason)" }
}
