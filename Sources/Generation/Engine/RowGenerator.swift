import Hypernetworks

/// A hypernetwork and the rows that it has predicted lately: what the engine turns tokens into rows with.
public final class RowGenerator: Sendable {
    public let hypernetwork: ZeTTHypernetwork
    let cache: RowCache

    /// - Parameter cacheBytes: for finished rows; memory is touched as they come in.
    public init(_ hypernetwork: ZeTTHypernetwork, cacheBytes: Int = RowGenerator.defaultCacheBytes) {
        self.hypernetwork = hypernetwork
        cache = RowCache(bytes: cacheBytes, configuration: hypernetwork.configuration)
    }

    public static let defaultCacheBytes = 256 << 20

    /// How often the cache has helped, and what it holds.
    public var cacheStatistics: CacheStatistics { cache.statistics }
}
