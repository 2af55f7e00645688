public import AlmanacRuntime
import Logging
public import Scheduling

/// The secret with which a client uses its hold. It is derived from the hold's owner, so it is never stored.
public enum HoldToken {
    static func of(_ owner: ID, _ secrets: Secrets) -> String { secrets.token("hold", owner) }

    public static func owner(_ token: String, _ secrets: Secrets) -> ID? { secrets.id("hold", token: token) }
}
