/// Whose turn it is when more work waits than workers are free.
public enum Priority: String, Sendable, CaseIterable {
    /// Somebody is waiting for a few tokens: served before bulk work, and between the layers of a bulk batch that is under way.
    case interactive
    /// Throughput counts: served by turns among its own kind, in whole batches.
    case bulk

    /// Its place in arrays by priority, the most urgent first.
    var lane: Int { self == .interactive ? 0 : 1 }
}
