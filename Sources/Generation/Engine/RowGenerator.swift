import Hypernetworks

/// A hypernetwork and the rows that it has predicted lately: what the engine turns tokens into rows with.
public final class RowGenerator: Sendable {
    public let hypernetwork: Hypernetwork
    let cache: RowCache

    /// - Parameters:
    ///   - cacheBytes: for finished rows; memory is touched as they come in.
    ///   - old: whose place it takes: what its cache has counted goes on from there.
    public init(
        _ hypernetwork: Hypernetwork, cacheBytes: Int = RowGenerator.defaultCacheBytes, replacing old: RowGenerator? = nil
    ) {
        self.hypernetwork = hypernetwork
        cache = RowCache(
            bytes: cacheBytes, shape: hypernetwork.rowShape, counts: old?.cache.counts ?? CacheCounts())
    }

    public static let defaultCacheBytes = 256 << 20

    /// How often the cache has helped, and what it holds.
    public var cacheStatistics: CacheStatistics { cache.statistics }
}
