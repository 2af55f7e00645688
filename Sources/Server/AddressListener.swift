import Glibc
import NIOCore
import ServiceLifecycle

/// A listener whose error names the settings of its address.
struct AddressListener: Service {
    let listener: any Service
    let host: String
    let port: Int
    /// The names of the settings that make up the address.
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

/// The server cannot listen on the address.
public struct ListenError: Error, CustomStringConvertible {
    public let address: String
    /// The names of the settings that make up the address.
    public let settings: String
    public let reason: String

    public var description: String { "cannot listen on \(address) (\(settings)): \(reason)" }
}
