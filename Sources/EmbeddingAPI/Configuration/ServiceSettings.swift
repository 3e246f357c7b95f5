import Generation
import HTTPServer

/// How the service is to run: a typed part for each group of the configuration. What it is made with is the default.
public struct ServiceSettings: Sendable, Equatable {
    public var server = Server()
    public var admin = Admin()
    public var tls = TLS()
    public var limits = Limits()
    public var engine = Engine()
    public var metrics = Metrics()
    public var keys = Keys()
    public var log = Log()
    public var page = Page()
    /// In the order of the file; never empty.
    public var models = [ModelSettings(name: TokenEmbeddingsRequest.defaultModel)]

    public init() {}

    /// Where and how the service listens.
    public struct Server: Sendable, Equatable {
        public var host = "127.0.0.1"
        /// 0 for any free one.
        public var port = 8080
        /// Instead of host and port.
        public var unixSocket: String?
        public var idleTimeout = ConnectionTimeouts().idle
        public var lameDuck = Duration.seconds(5)
        public var drainTimeout = HTTPServer.Configuration().drainTimeout
        /// 0 for none.
        public var compressionLevel = CompressionPolicy().level
    }

    /// The listener of those who run the service.
    public struct Admin: Sendable, Equatable {
        public var host = "127.0.0.1"
        /// Nil for no such listener; 0 for any free port.
        public var port: Int?
    }

    /// Files of the certificates; in the clear without them.
    public struct TLS: Sendable, Equatable {
        public var certificate: String?
        public var key: String?
        public var clientAuthorities: String?
        public var clientCertificates = TLSConfiguration.ClientCertificates.required
        public var minimumVersion = TLSConfiguration.Version.tls1_2
    }

    public struct Limits: Sendable, Equatable {
        public var maxConnections = HTTPServer.Configuration().maximumConnections
        /// Nil for no limit.
        public var maxConnectionsPerAddress = HTTPServer.Configuration().maximumConnectionsPerAddress
    }

    public struct Engine: Sendable, Equatable {
        /// Nil for as many as the machine or the control group grants.
        public var workers: Int?
        /// For finished rows of each model that does not say otherwise.
        public var cacheBytes = RowGenerator.defaultCacheBytes
        /// Source rows that may wait, in each priority.
        public var queueRows = GenerationEngine.Configuration().waitingRows
    }

    public struct Metrics: Sendable, Equatable {
        public var listener = Listener.service

        /// Which listeners answer `GET /metrics`.
        public enum Listener: String, Sendable, CaseIterable {
            case service, admin, both
        }
    }

    public struct Keys: Sendable, Equatable {
        /// Nil for a service that anyone may use.
        public var file: String?
    }

    public struct Log: Sendable, Equatable {
        public var format = Format.text
        public var level = Level.info
        /// Whether the text of tokens may be logged.
        public var tokens = false
        public var requests = Requests.none

        /// How the service's own messages look, on standard error.
        public enum Format: String, Sendable, CaseIterable {
            case text, json
        }

        /// Named as swift-log's levels are.
        public enum Level: String, Sendable, CaseIterable {
            case trace, debug, info, notice, warning, error, critical
        }

        /// How the line that is written for every request looks, on standard output.
        public enum Requests: String, Sendable, CaseIterable {
            case none, json, text
        }
    }

    public struct Page: Sendable, Equatable {
        /// Whether `/` and `/docs` are served.
        public var isEnabled = true
    }
}

// MARK: What the parts of the service are made with

extension ServiceSettings {
    public var address: SocketAddress { server.unixSocket.map { .unix(path: $0) } ?? .tcp(host: server.host, port: server.port) }

    /// Nil for no admin listener.
    public var adminAddress: SocketAddress? { admin.port.map { .tcp(host: admin.host, port: $0) } }

    public var serverConfiguration: HTTPServer.Configuration {
        var configuration = HTTPServer.Configuration()
        configuration.limits.bodyBytesByPath = EmbeddingService.bodyBytesByPath
        configuration.maximumConnections = limits.maxConnections
        configuration.maximumConnectionsPerAddress = limits.maxConnectionsPerAddress
        configuration.compression?.level = server.compressionLevel
        if server.compressionLevel == 0 { configuration.compression = nil }
        configuration.timeouts.idle = server.idleTimeout
        configuration.drainTimeout = server.drainTimeout
        return configuration
    }

    public var engineConfiguration: GenerationEngine.Configuration {
        var configuration = GenerationEngine.Configuration()
        if let workers = engine.workers { configuration.workers = workers }
        configuration.waitingRows = engine.queueRows
        return configuration
    }

    /// Nil for a service in the clear.
    public var tlsConfiguration: TLSConfiguration? {
        guard let certificate = tls.certificate, let key = tls.key else { return nil }
        var configuration = TLSConfiguration(
            certificateChain: certificate, privateKey: key, clientAuthorities: tls.clientAuthorities)
        configuration.clientCertificates = tls.clientCertificates
        configuration.minimumVersion = tls.minimumVersion
        return configuration
    }

    /// Nil for no lines.
    public var requestLogFormat: AccessLog.Format? { AccessLog.Format(rawValue: log.requests.rawValue) }
}
