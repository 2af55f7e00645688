/// How much work an answer may be before it waits for a turn (``AlmanacRuntime/WorkGate``), in about nanoseconds.
public enum Effort {
    /// What is answered at once, on the threads that serve everybody.
    public static let light = 3_000_000
}
