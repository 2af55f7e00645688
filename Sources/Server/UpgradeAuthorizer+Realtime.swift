public import HTTP
public import Realtime

/// The live feed admits and refuses clients exactly as HTTP does.
extension UpgradeAuthorizer: RealtimeGate {}
