/// How much work an answer may take before it must wait for a turn (``AlmanacRuntime/WorkGate``), in about nanoseconds.
public enum Effort {
    /// Work up to this is done at once, on the common threads.
    public static let light = 3_000_000
}
